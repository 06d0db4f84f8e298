import { expect, test } from "vitest";
import { z } from "zod";
import { describeFailure, fingerprintOf } from "@/lib/subscriptions/failure";

const data = JSON.stringify({
  name: "Ada Lovelace",
  email: "ada@example.org",
  lines: [{ sku: "MUG-01", amount: 125_000 }],
  paid: true,
});

test("no value of the payload is left in a message, nor a word of one", () => {
  const { message } = describeFailure(
    new Error("Ada Lovelace <ada@example.org> owes 125000 for MUG-01; Lovelace did not pay"),
    data,
  );
  expect(message).toBe("‹value› <‹value›> owes ‹value› for ‹value›; ‹value› did not pay");
});

test("an error of a payload that is not JSON keeps nothing of it", () => {
  expect(describeFailure(new SyntaxError('Unexpected token "Ada"'), '{"Ada').message).toBe("The payload is not JSON.");
});

test("the path is where a schema says that the payload is wrong", () => {
  const schema = z.object({ lines: z.array(z.object({ amount: z.string() })) });
  const { error } = schema.safeParse(JSON.parse(data));
  expect(describeFailure(new Error("failed to validate", { cause: error }), data).path).toBe("lines[0].amount");
});

test("the same cause has the same fingerprint, whichever event, element or line; another cause has another", () => {
  const failure = {
    name: "TypeError",
    message: "x",
    stack: null,
    topFrame: "applyRefund (billing.ts:88)",
    path: "lines[0].amount",
  };
  const known = fingerprintOf("billing", "OrderRefunded", failure);
  expect(known).toMatch(/^[0-9a-f]{12}$/);
  const same = { ...failure, message: "y", topFrame: "applyRefund (billing.ts:91)", path: "lines[7].amount" };
  expect(fingerprintOf("billing", "OrderRefunded", same)).toBe(known);
  const others = [
    fingerprintOf("emails", "OrderRefunded", failure),
    fingerprintOf("billing", "OrderPaid", failure),
    fingerprintOf("billing", "OrderRefunded", { ...failure, name: "RangeError" }),
    fingerprintOf("billing", "OrderRefunded", { ...failure, topFrame: "applyTax (billing.ts:88)" }),
    fingerprintOf("billing", "OrderRefunded", { ...failure, path: "lines[0].tax" }),
  ];
  expect(new Set([known, ...others]).size).toBe(6);
});

test("the top frame is the first of our own code", () => {
  const error = new TypeError("boom");
  error.stack = `TypeError: boom
    at Module.parse (/home/x/node_modules/zod/index.js:1:2)
    at node:internal/process:95:5
    at applyRefund (${process.cwd()}/lib/domain/billing.ts:88:12)`;
  expect(describeFailure(error).topFrame).toBe("applyRefund (billing.ts:88)");
});

test("what is thrown without being an error is described, too", () => {
  expect(describeFailure("broke", data)).toEqual({
    name: "Error",
    message: "broke",
    topFrame: null,
    stack: null,
    path: null,
  });
});
