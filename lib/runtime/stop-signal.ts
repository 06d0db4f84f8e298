/**
 * For a child of the supervisor: aborted when it is told to end (SIGTERM) or when the supervisor is gone, by whatever
 * death (its channel closes). SIGINT is left to the supervisor, which asks its children in order; a process that was
 * started by hand has no channel and heeds it.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGTERM", () => controller.abort("SIGTERM"));
  process.on("disconnect", () => controller.abort("the supervisor is gone"));
  process.on("SIGINT", () => {
    if (!process.channel) controller.abort("SIGINT");
  });
  return controller.signal;
}
