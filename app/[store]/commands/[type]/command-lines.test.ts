import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { cliLine, curlLine } from "./command-lines";

const hostile = { name: `O'Brien "$(rm -rf /)" \`id\` \\ $HOME ; &&\nnext` };

test("a copied line gives the shell exactly the input, whatever it holds", () => {
  const sent = { category: "order", id: "4 2'", name: "OpenCart", input: hostile };
  const words = (line: string) =>
    execFileSync("/bin/sh", ["-c", `show() { printf '%s\\0' "$@"; }; show ${line}`], { encoding: "utf8" })
      .split("\0")
      .slice(0, -1);
  expect(words(cliLine(sent)).slice(1)).toEqual(["command", "order", "4 2'", "OpenCart", JSON.stringify(hostile)]);
  const curl = words(curlLine("local", sent));
  expect(curl.at(-1)).toBe(JSON.stringify(hostile));
  expect(curl[3]).toBe("/api/v1/local/commands/order/4%202'/OpenCart");
});
