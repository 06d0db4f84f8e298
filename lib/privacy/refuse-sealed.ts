import { PayloadRefused } from "@/lib/kernel/errors";
import { SEALED } from "@/lib/privacy/sealed-field";

/** Throws `PayloadRefused` for a payload with a member `$sealed`, however it is written: only Tidemark seals. */
export function refuseSealed(data: string): void {
  if (!data.includes(SEALED) && !ESCAPED.test(data)) return;
  const path = pathOfSealed(JSON.parse(data), "$");
  if (path === undefined) return;
  throw new PayloadRefused(
    "sealed-value",
    path,
    `The member ${SEALED} is Tidemark's own: values are sealed when they are stored. Send the value itself, or give the member another name.`,
  );
}

/** Any letter of the name, written as an escape. */
const ESCAPED = /\\u00(?:24|73|65|61|6c|64)/i;

function pathOfSealed(value: unknown, path: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value) && Object.hasOwn(value, SEALED)) return `${path}["${SEALED}"]`;
  for (const [name, member] of Object.entries(value)) {
    const step = Array.isArray(value) ? `[${name}]` : `.${name}`;
    const found = pathOfSealed(member, path + step);
    if (found) return found;
  }
  return undefined;
}
