import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";

/** A line without its line break; `tooLong` when it is longer than any event may be, and then without its text. */
export type Line = { readonly text: string; readonly tooLong: boolean };

/** Room for an event of the largest size and its attributes. */
const LINE_MAX = 3 * 1024 * 1024;

/** Reads UTF-8 text line by line, in parts: one array of lines at a time, the last line also without a line break. */
export async function* readLines(stream: Readable): AsyncGenerator<readonly Line[]> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let dropping = false;
  let first = true;
  const line = (text: string): Line => {
    const tooLong = dropping || text.length > LINE_MAX;
    dropping = false;
    return { text: tooLong ? "" : text.replace(/\r$/, ""), tooLong };
  };
  try {
    for await (const part of stream) {
      let text = decoder.write(part as Buffer);
      if (first && text !== "") {
        if (text.startsWith("\uFEFF")) text = text.slice(1);
        first = false;
      }
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > LINE_MAX) {
        dropping = true;
        rest = "";
      }
      if (lines.length > 0) yield lines.map(line);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCode.data, `The file cannot be read to its end (${why}).`, "See whether it is complete.", {
      code: "no-input",
    });
  }
  rest += decoder.end();
  if (rest !== "" || dropping) yield [line(rest)];
}
