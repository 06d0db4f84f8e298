import os from "node:os";
import path from "node:path";

const port = Number(process.env.TIDEMARK_E2E_PORT ?? 3461);
const dataDirectory = path.join(os.tmpdir(), `tidemark-e2e-${port}`);

/** The Tidemark that the browser tests run against: its own data folder, its own port, a token they know. */
export const instance = {
  port,
  dataDirectory,
  url: `http://127.0.0.1:${port}`,
  token: "tmk_only-for-the-browser-tests",
  /** The signed-in browser state that every test starts from. */
  storageState: path.join(dataDirectory, "signed-in.json"),
} as const;
