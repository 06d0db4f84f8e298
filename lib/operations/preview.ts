import { createHash } from "node:crypto";
import { TidemarkError } from "@/lib/kernel/errors";

/** What an operation would do, as its operator sees it, and the hash that approves exactly this. */
export type Previewed<Preview> = { readonly preview: Preview; readonly hash: string };

/** What was approved is not what would happen now, or nothing was approved. The new preview and its hash are the facts. */
export class PreviewChanged extends TidemarkError {
  constructor(operation: string, approved: string | undefined, { preview, hash }: Previewed<unknown>) {
    const what = approved
      ? `What ${operation} would do has changed since it was approved.`
      : `${operation} needs an approval.`;
    super("preview-changed", `${what} Look at the preview, and send its hash as \`approved\`.`, { preview, hash });
  }
}

/** SHA-256, hex, of an operation, its input and what is frozen of its preview. The order of members does not matter. */
export function hashOf(operation: string, input: unknown, frozen: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify([operation, sorted(input), sorted(frozen)]))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
}
