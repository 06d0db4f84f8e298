/** What can be wrong with a history. The first thirteen follow Jepsen's workload for Kafka; see RELIABILITY.md. */
export const anomalies = {
  A1: "lost append",
  A2: "duplicate append",
  A3: "event from a failed append",
  A4: "stream versions are not 1 to n",
  A5: "an append was accepted against its expected version",
  A6: "two answers disagree on a position",
  A7: "a reader skipped an event",
  A8: "a checkpoint or a reader went back",
  A9: "an event was never seen",
  A10: "torn append",
  A11: "read before it could be committed",
  A12: "an acknowledged event was missed by a later read",
  A13: "the order of a stream is not the order of the log",
  A14: "a read model is not the fold of the log",
  G: "a cycle of dependencies: no order of the appends explains what was seen",
} as const;

/** The code of an anomaly. */
export type AnomalyCode = keyof typeof anomalies;

/** How often an anomaly was found, with the first few cases in words. */
export type Anomaly = { readonly code: AnomalyCode; readonly count: number; readonly examples: readonly string[] };

/** Notes one case; the words are only asked for while examples are still wanted. */
export type Note = (code: AnomalyCode, says: () => string) => void;

const EXAMPLES = 5;

/** Collects cases, however many there are, in bounded memory. */
export function createNotes(): { readonly note: Note; readonly found: () => Anomaly[] } {
  const counts = new Map<AnomalyCode, { count: number; examples: string[] }>();
  return {
    note(code, says) {
      const kept = counts.get(code) ?? { count: 0, examples: [] };
      counts.set(code, kept);
      kept.count += 1;
      if (kept.examples.length < EXAMPLES) kept.examples.push(says());
    },
    found: () => [...counts].map(([code, kept]) => ({ code, ...kept })),
  };
}
