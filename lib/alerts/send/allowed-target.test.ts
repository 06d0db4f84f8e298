import { expect, test } from "vitest";
import { allowedTarget } from "./allowed-target";

const refused = (host: string, allowed: Parameters<typeof allowedTarget>[1] = []) =>
  expect(allowedTarget(host, allowed)).rejects.toMatchObject({ code: "forbidden" });

test("nothing but public addresses is reached unless the installation says so, in whatever way they are written", async () => {
  for (const host of ["127.0.0.1", "[::1]", "localhost", "127.1", "2130706433", "0x7f000001", "::ffff:127.0.0.1"])
    await refused(host);
  for (const host of ["10.1.2.3", "172.20.0.1", "192.168.1.1", "100.64.0.1", "[fd00:ec2::254]"]) await refused(host);
  for (const host of ["169.254.169.254", "[fe80::1]", "[::ffff:a9fe:a9fe]"]) await refused(host);
  expect(await allowedTarget("93.184.216.34", [])).toEqual({ address: "93.184.216.34", family: 4 });
});

test("what is allowed is that kind alone, and some are never reached", async () => {
  expect((await allowedTarget("localhost", ["loopback"])).address).toMatch(/^(127\.|::1)/);
  expect(await allowedTarget("169.254.169.254", ["link-local"])).toMatchObject({ family: 4 });
  await refused("10.0.0.1", ["loopback", "link-local"]);
  for (const host of ["0.0.0.0", "224.0.0.1", "255.255.255.255", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::]"]) {
    await refused(host, ["loopback", "private", "link-local"]);
  }
});
