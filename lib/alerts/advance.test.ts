import fc from "fast-check";
import { expect, test } from "vitest";
import { advance, type Change, keyOf, type OpenAlert } from "./advance";
import type { Found } from "./find-all";
import type { Finding, Severity } from "./finding";
import { type RuleName, rules, settingsOf } from "./rules";

const cause = { kind: "workers", alive: 0, consumers: [] } as const;

function finding(subject: string, verdict: Finding["verdict"] = "breached", severity: Severity = "critical"): Finding {
  return { subject, verdict, severity, value: 1, title: "hurts", cause };
}

/** Every rule found nothing but what is given. */
function found(
  given: Partial<Record<RuleName, readonly Finding[]>>,
  changed: Readonly<Record<string, number>> = {},
): Found[] {
  return rules.map((rule) => ({
    rule,
    settings: { ...settingsOf(rule), ...changed },
    findings: given[rule.name] ?? [],
  }));
}

function open(rule: RuleName, subject: string, more: Partial<OpenAlert> = {}): OpenAlert {
  return {
    ...{ id: "1", rule, subject, severity: "critical", state: "firing", startedAt: 0, fineSince: null },
    ...{ value: 1, worstValue: 1, title: "hurts", cause },
    ...more,
  };
}

const none = new Map<string, number>();
const step = (change: Change | undefined) => (change && "step" in change ? (change.step?.to ?? null) : change?.kind);

test("a condition fires when it has held for the rule's time, not before, and is forgotten when it does not last", () => {
  const lag = found({ "lag-over-objective": [finding("totals")] });
  expect(advance({ now: 0, open: [], found: lag, silencedUntil: none }).map(step)).toEqual(["pending"]);
  const pending = open("lag-over-objective", "totals", { state: "pending" });
  expect(advance({ now: 29_999, open: [pending], found: lag, silencedUntil: none }).map(step)).toEqual([null]);
  expect(advance({ now: 30_000, open: [pending], found: lag, silencedUntil: none }).map(step)).toEqual(["firing"]);
  expect(advance({ now: 29_999, open: [pending], found: found({}), silencedUntil: none }).map(step)).toEqual([
    "forget",
  ]);
});

test("an alert is over when its condition has been gone for the rule's time; coming back in between is no second alert", () => {
  const firing = open("dead-letters-parked", "cause");
  const [gone] = advance({ now: 1_000, open: [firing], found: found({}), silencedUntil: none });
  expect(gone).toMatchObject({ kind: "keep", fineSince: 1_000, step: null });
  const fine = { ...firing, fineSince: 1_000 };
  const again = found({ "dead-letters-parked": [finding("cause")] });
  expect(advance({ now: 30_000, open: [fine], found: again, silencedUntil: none })).toMatchObject([
    { kind: "keep", fineSince: null, step: null },
  ]);
  expect(advance({ now: 30_999, open: [fine], found: found({}), silencedUntil: none }).map(step)).toEqual([null]);
  expect(advance({ now: 31_000, open: [fine], found: found({}), silencedUntil: none }).map(step)).toEqual(["resolved"]);
});

test("where nothing can be said nothing is opened and nothing ends, and no time counts towards an end", () => {
  const unknown = found({ "lag-over-objective": [finding("totals", "held")] });
  expect(advance({ now: 9e9, open: [], found: unknown, silencedUntil: none })).toEqual([]);
  const fine = open("lag-over-objective", "totals", { fineSince: 0 });
  expect(advance({ now: 9e9, open: [fine], found: unknown, silencedUntil: none })).toMatchObject([
    { kind: "keep", fineSince: null, step: null },
  ]);
});

test("one cause is one alert: what another rule says better is not said again", () => {
  const both = found({ "worker-missing": [finding("store")], "consumer-stalled": [finding("totals")] });
  expect(advance({ now: 0, open: [], found: both, silencedUntil: none }).map(step)).toEqual(["firing"]);
  const pending = open("lag-over-objective", "totals", { state: "pending" });
  const stalled = open("consumer-stalled", "totals", { id: "2" });
  const lag = found({ "lag-over-objective": [finding("totals")], "consumer-stalled": [finding("totals")] });
  const changes = advance({ now: 9e9, open: [pending, stalled], found: lag, silencedUntil: none });
  expect(changes.map(step)).toEqual([null, "forget"]);
});

test("a silence is kept over a relapse, ends by itself, and what it hid then fires", () => {
  const letters = found({ "dead-letters-parked": [finding("cause")] });
  const silencedUntil = new Map([[keyOf("dead-letters-parked", "cause"), 5_000]]);
  expect(advance({ now: 0, open: [], found: letters, silencedUntil }).map(step)).toEqual(["silenced"]);
  const silenced = open("dead-letters-parked", "cause", { state: "silenced" });
  expect(advance({ now: 4_999, open: [silenced], found: letters, silencedUntil }).map(step)).toEqual([null]);
  expect(advance({ now: 5_000, open: [silenced], found: letters, silencedUntil }).map(step)).toEqual(["firing"]);
});

test("an acknowledged alert that grows worse fires again; one that grows milder does not", () => {
  const acknowledged = open("lag-over-objective", "totals", { state: "acknowledged", severity: "warning" });
  const worse = found({ "lag-over-objective": [finding("totals")] });
  expect(advance({ now: 0, open: [acknowledged], found: worse, silencedUntil: none }).map(step)).toEqual(["firing"]);
  const milder = found({ "lag-over-objective": [finding("totals", "breached", "warning")] });
  const critical = { ...acknowledged, severity: "critical" as const };
  expect(advance({ now: 0, open: [critical], found: milder, silencedUntil: none }).map(step)).toEqual([null]);
});

test("a rule that is switched off, or that this code does not know, ends its alerts at once", () => {
  const off = advance({
    now: 0,
    open: [open("worker-missing", "store")],
    found: found({}, { enabled: 0 }),
    silencedUntil: none,
  });
  expect(off).toMatchObject([{ step: { to: "resolved", reason: "the rule was switched off" } }]);
  const unknown = { ...open("worker-missing", "store"), rule: "no-such-rule" };
  expect(advance({ now: 0, open: [unknown], found: found({}), silencedUntil: none }).map(step)).toEqual(["resolved"]);
});

test("whatever is found: every open alert gets one change, and no cause is opened twice", () => {
  const names = rules.map(({ name }) => name);
  const some = fc.dictionary(
    fc.constantFrom(...names),
    fc.uniqueArray(fc.constantFrom("a", "b", "store"), { maxLength: 3 }),
  );
  const alerts = fc.uniqueArray(
    fc.record({
      rule: fc.constantFrom(...names),
      subject: fc.constantFrom("a", "b", "store"),
      state: fc.constantFrom("pending", "firing", "acknowledged", "silenced"),
      fineSince: fc.option(fc.integer({ min: 0, max: 100_000 })),
    }),
    { selector: ({ rule, subject }) => keyOf(rule, subject) },
  );
  fc.assert(
    fc.property(some, alerts, fc.integer({ min: 0, max: 200_000 }), (breached, given, now) => {
      const opened = given.map((one, index) =>
        open(one.rule, one.subject, { ...one, id: String(index) } as Partial<OpenAlert>),
      );
      const findings = Object.fromEntries(
        Object.entries(breached).map(([rule, subjects]) => [rule, subjects.map((subject) => finding(subject))]),
      );
      const changes = advance({ now, open: opened, found: found(findings), silencedUntil: none });
      const touched = changes.map((change) =>
        change.kind === "open"
          ? keyOf(change.rule, change.finding.subject)
          : keyOf(change.alert.rule, change.alert.subject),
      );
      expect(new Set(touched).size).toBe(touched.length);
      for (const alert of opened) expect(touched).toContain(keyOf(alert.rule, alert.subject));
    }),
  );
});

test("a rule that could not look in time opens nothing and ends nothing; the others go on", () => {
  const blind = found({ "dead-letters-parked": [finding("cause")] }).map((each) =>
    each.rule.name === "high-water-held" ? { ...each, findings: null } : each,
  );
  const held = open("high-water-held", "store", { fineSince: 1_000 });
  const pending = open("high-water-held", "other", { id: "2", state: "pending" });
  const changes = advance({ now: 3_600_000, open: [held, pending], found: blind, silencedUntil: none });
  expect(changes).toContainEqual({ kind: "keep", alert: held, finding: null, fineSince: null, step: null });
  expect(changes).toContainEqual({ kind: "keep", alert: pending, finding: null, fineSince: null, step: null });
  expect(changes.filter(({ kind }) => kind === "open")).toHaveLength(1);
});
