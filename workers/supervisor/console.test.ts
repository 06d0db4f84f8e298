import net from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "@/lib/embedded/free-port";
import { choosePort } from "@/workers/supervisor/console";

let server: net.Server;
let port: number;
beforeEach(async () => {
  port = await freePort();
  server = net.createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
});
afterEach(() => void server.close());

test("a taken port is refused by name when it was asked for, and passed over when it was not", async () => {
  await expect(choosePort({ port, portIsGiven: true })).rejects.toThrow(`Port ${port} is taken`);
  const chosen = await choosePort({ port, portIsGiven: false });
  expect(chosen).toBeGreaterThan(port);
});

test("a free port is taken as it is", async () => {
  const free = await freePort();
  expect(await choosePort({ port: free, portIsGiven: true })).toBe(free);
});
