/**
 * Aborted once when this process is to end: SIGINT, SIGTERM, SIGHUP where it writes to a terminal, or, with
 * `watchParent`, when the process that started it is gone. npm forwards no SIGTERM, so its end is the only sign that it
 * was told to stop. Without a terminal a hang-up means nothing: whoever used nohup wants it to go on.
 */
export function stopSignals(watchParent: boolean): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => controller.abort(name));
  process.on("SIGHUP", () => {
    if (process.stdout.isTTY) controller.abort("SIGHUP");
  });
  if (watchParent) {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid !== parent) controller.abort("its parent is gone");
    }, 200);
    timer.unref();
  }
  return controller.signal;
}
