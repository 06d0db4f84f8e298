import fs from "node:fs";
import path from "node:path";
import { newSecret } from "@/lib/access/secret";

/**
 * The installation's own service token in `<data>/token`, made at the first start: what the CLI on this machine uses,
 * whatever token the environment adds. The file is readable by its owner only.
 */
export function localToken(dataDirectory: string): string {
  const file = path.join(dataDirectory, "token");
  try {
    fs.writeFileSync(file, `${newSecret("tmk")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return fs.readFileSync(file, "utf8").trim();
}
