/** How far a consumer is behind, from the log itself; `unknown` is never shown as zero. */
export type Lag =
  | {
      readonly known: true;
      readonly ageMs: number;
      readonly events: number /** The count stopped at its bound. */;
      readonly more: boolean;
    }
  | {
      readonly known: false;
      readonly since: string | null;
      readonly reason: "high-water-agent-missing" | "worker-missing" | "never-started";
    };
