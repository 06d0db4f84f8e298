import type { Readable } from "node:stream";
import { usage } from "@/bin/cli/cli-error";

const BYTES_MAX = 12_288;

/** A person's id from an argument, or one line of the input when that is `-`: command lines end up in histories. Throws a usage error. */
export async function readSubject(argument: string, stdin: Readable): Promise<string> {
  if (argument !== "-") return argument;
  const [subject = ""] = await readPersonal(stdin, ["the person's id"]);
  return subject;
}

/** What nobody should type into a command line: one line of the input for each, in this order. Throws a usage error. */
export async function readPersonal(stdin: Readable, what: readonly string[]): Promise<readonly string[]> {
  let text = "";
  for await (const part of stdin) {
    text += String(part);
    if (text.length > BYTES_MAX) throw usage(`The input is too long: give ${listed(what)}.`);
  }
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  if (lines.length !== what.length || lines.includes("")) throw usage(`Give ${listed(what)} on the input.`);
  return lines;
}

function listed(what: readonly string[]): string {
  return what.length === 1 ? `${what[0]} as one line` : `${what.join(" and ")}, a line each,`;
}
