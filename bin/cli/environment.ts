import fs from "node:fs";
import path from "node:path";

/** What the program takes from its surroundings; empty variables count as absent. */
export type Environment = {
  /** Address of a Tidemark, without path. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** Data folder of an instance on this machine. */
  readonly dataDirectory: string | undefined;
  readonly workingDirectory: string;
  /** Where Tidemark itself lies; its data folder is the last one that is looked for. */
  readonly installation: string;
};

/** Reads the environment of this process. The only place of the program that does. */
export function environment(): Environment {
  const { TIDEMARK_URL, TIDEMARK_TOKEN, TIDEMARK_DATA_DIR } = process.env;
  const program = process.argv[1] ?? ".";
  return {
    url: TIDEMARK_URL || undefined,
    token: TIDEMARK_TOKEN || undefined,
    dataDirectory: TIDEMARK_DATA_DIR || undefined,
    workingDirectory: process.cwd(),
    installation: path.dirname(path.dirname(fs.existsSync(program) ? fs.realpathSync(program) : program)),
  };
}
