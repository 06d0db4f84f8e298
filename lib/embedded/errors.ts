import { TidemarkError } from "@/lib/kernel/errors";

/** Why the built-in PostgreSQL cannot run here. `reason` is a stable word; the message names the next step. */
export class EmbeddedPostgresError extends TidemarkError {
  constructor(
    readonly reason:
      | "no-binaries"
      | "root-without-namespaces"
      | "initdb-failed"
      | "foreign-server"
      | "password-missing"
      | "start-failed",
    message: string,
    cause?: unknown,
  ) {
    super("unavailable", message, { reason }, { cause });
  }
}
