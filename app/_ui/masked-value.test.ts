import { expect, test } from "vitest";
import { FORGOTTEN } from "@/lib/define";
import { maskedText } from "./json-view";
import { maskStates } from "./mask-states";
import { stateOfRead } from "./masked-value";

test("what was read as forgotten is told from what is only masked, on screen and in what is copied", () => {
  expect(stateOfRead(FORGOTTEN, "sealed")).toBe("forgotten");
  expect(stateOfRead("ada@example.org", "sealed")).toBe("sealed");
  const copied = maskedText(JSON.stringify({ email: FORGOTTEN, name: "Ada" }), ["email", "name"]);
  expect(JSON.parse(copied)).toEqual({ email: "▒▒▒ forgotten", name: "▒▒▒ personal data, masked" });
});

test("values that were read are called sealed or forgotten as a whole only where all of the event are", () => {
  const sealed = { path: "email", state: "sealed", forgottenAt: null } as const;
  const gone = { path: "host.name", state: "forgotten", forgottenAt: "2026-04-02T10:00:00Z" } as const;
  expect(maskStates([]).read.otherwise).toBe("masked");
  expect(maskStates([sealed]).read.otherwise).toBe("sealed");
  const mixed = maskStates([sealed, gone]);
  expect(mixed.read.otherwise).toBe("masked");
  expect(mixed.stored.at?.get("host.name")).toEqual({ state: "forgotten", since: "2026-04-02" });
});
