import { environment } from "@/bin/cli/environment";
import { run } from "@/bin/cli/run";

/** The process around the program: its streams, its signals, its exit code. */
async function main(): Promise<void> {
  const stop = new AbortController();
  let asked = 0;
  process.on("SIGINT", () => {
    asked += 1;
    if (asked > 1) process.exit(130);
    stop.abort();
  });
  process.on("SIGTERM", () => stop.abort());
  // The reader has gone, as in `tidemark events | head`: nobody is left to tell anything.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 74));
  const code = await run(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: environment(),
    signal: stop.signal,
  });
  process.stdout.write("", () => process.exit(code));
}

void main();
