import fs from "node:fs";
import path from "node:path";
import { newSecret } from "@/lib/access/secret";

/**
 * The installation's first service token: `given` from the environment, else the one in `<data>/token`, made at the
 * first start. The file is readable by its owner only.
 */
export function serviceToken(dataDirectory: string, given: string | undefined): string {
  const file = path.join(dataDirectory, "token");
  if (given) return given;
  try {
    fs.writeFileSync(file, `${newSecret("tmk")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return fs.readFileSync(file, "utf8").trim();
}
