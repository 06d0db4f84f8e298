import fc from "fast-check";
import { expect, it } from "vitest";
import type { TraceRow } from "@/lib/queries/trace-page";
import { packRows, unpackRows } from "./wire-rows";

const number = fc.nat(1_000_000);
const facts = {
  name: fc.string(),
  status: fc.constantFrom<TraceRow["status"]>("done", "waiting", "parked", "fired"),
  startUs: number,
  waitUs: number,
  workUs: number,
  endUs: fc.option(number),
  traceparent: fc.option(fc.constantFrom("00-a-b-01", "00-c-d-01")),
};
const step = fc.record({ ...facts, kind: fc.constantFrom<TraceRow["kind"]>("projection", "process") });
const event = fc.record({
  ...facts,
  key: fc.uuid(),
  stream: fc.string(),
  version: fc.nat(),
  position: fc.bigInt(1n, 2n ** 63n - 1n).map(String),
  actor: fc.option(fc.string()),
  steps: fc.uniqueArray(step, { selector: ({ name }) => name, maxLength: 4 }),
});

type Event = typeof event extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** A command that recorded these events, each with what consumers did with it, and a timer at the end. */
function rowsOf(events: readonly Event[]): TraceRow[] {
  const nothing = { stream: null, version: null, position: null, traceparent: null, link: null, parent: null };
  const plain = { ...nothing, status: "done" as const, startUs: 0, waitUs: 0, workUs: 7, endUs: 7 };
  const recorded = events.flatMap(({ key, actor, steps, ...own }): TraceRow[] => [
    {
      ...plain,
      ...own,
      id: `event:${key}`,
      kind: "event",
      depth: 1,
      detail: { schemaVersion: 1, actor, recordedAt: "x" },
    },
    ...steps.map(
      (of): TraceRow => ({
        ...{ ...plain, ...own, ...of, id: `projection:${of.name}:${key}`, depth: 2 },
        detail: { worker: "w", error: of.name.length > 5 ? "no" : null },
      }),
    ),
  ]);
  const command: TraceRow = {
    ...plain,
    id: "command:a:b",
    depth: 0,
    kind: "command",
    name: "Do",
    detail: { attempts: 1 },
  };
  const timer: TraceRow = {
    ...{ ...plain, id: "timer:t", depth: 1, kind: "wait", name: "rise", status: "waiting", endUs: null, dueUs: 99 },
    detail: { process: "baker", instance: "rye" },
  };
  return [command, ...recorded, timer];
}

it("unpacking gives back every row that was packed, with every fact of it", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (events) => {
      const rows = rowsOf(events);
      const expected = rows.map(({ parent: _, link: __, detail, ...row }) => {
        const { recordedAt: ___, ...others } = detail;
        return { ...row, detail: others };
      });
      expect(unpackRows(packRows({ rows }))).toEqual(expected);
    }),
  );
});
