import type { Readable } from "node:stream";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { checkJson } from "@/lib/kernel/json";
import { limits } from "@/lib/kernel/limits";

/**
 * JSON text from an argument, or from the input when that is `-`, as it was written. Throws `PayloadRefused` for what
 * would not survive, before anything is sent.
 */
export async function readInput(argument: string, stdin: Readable): Promise<string> {
  const text = (argument === "-" ? await readAll(stdin) : argument).trim();
  checkJson(text);
  return text;
}

async function readAll(stdin: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stdin) {
    const buffer = Buffer.from(part as Buffer);
    bytes += buffer.byteLength;
    if (bytes > limits.requestBytes) {
      throw new CliError(
        exitCode.data,
        `The input is larger than ${limits.requestBytes} bytes.`,
        "Store it elsewhere.",
        {
          code: "too-large",
        },
      );
    }
    parts.push(buffer);
  }
  return Buffer.concat(parts).toString("utf8");
}
