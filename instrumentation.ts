/** Next calls this once when the console's process starts, before any route is loaded. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { startConsoleProcess } = await import("@/lib/runtime/console-process");
  startConsoleProcess();
}

/** Next calls this for every error that a page or a route did not handle. */
export async function onRequestError(
  error: unknown,
  request: { readonly path: string; readonly method: string },
): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { consoleLog } = await import("@/lib/runtime/console-process");
  consoleLog().error({ err: error, method: request.method, path: request.path.split("?")[0] }, "a request failed");
}
