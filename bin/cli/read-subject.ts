import type { Readable } from "node:stream";
import { usage } from "@/bin/cli/cli-error";

const BYTES_MAX = 2_048;

/** A person's id from an argument, or one line of the input when that is `-`: command lines end up in histories. Throws a usage error. */
export async function readSubject(argument: string, stdin: Readable): Promise<string> {
  if (argument !== "-") return argument;
  let text = "";
  for await (const part of stdin) {
    text += String(part);
    if (text.length > BYTES_MAX) throw usage("A person's id is one short line.");
  }
  const subject = text.replace(/\r?\n$/, "");
  if (subject === "" || subject.includes("\n")) throw usage("Give the person's id as one line of the input.");
  return subject;
}
