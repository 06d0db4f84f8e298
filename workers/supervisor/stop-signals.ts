import fs from "node:fs";

/**
 * Aborted once when this process is to end: SIGINT, SIGTERM, SIGHUP, or, with `watchParent`, when the process that
 * started it is gone. npm forwards no SIGTERM, so its end is the only sign that it was told to stop.
 */
export function stopSignals(watchParent: boolean): AbortSignal {
  const controller = new AbortController();
  const names = hangUpIsIgnored() ? (["SIGINT", "SIGTERM"] as const) : (["SIGINT", "SIGTERM", "SIGHUP"] as const);
  for (const name of names) process.on(name, () => controller.abort(name));
  if (watchParent) {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid !== parent) controller.abort("its parent is gone");
    }, 200);
    timer.unref();
  }
  return controller.signal;
}

/** Whether this was started to outlive its terminal (nohup); a handler of ours would undo that. */
function hangUpIsIgnored(): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1];
    return (Number.parseInt(mask?.slice(-1) ?? "0", 16) & 1) === 1;
  } catch {
    return false;
  }
}
