import type { EmbeddedPostgres } from "@/lib/embedded/postgres";
import type { Random } from "@/lib/testing/proof/random";
import type { Programs } from "@/lib/testing/proof/start-process";
import type { Tally } from "@/lib/testing/proof/tally";

/** What every scene of the proof happens on. */
export type Stage = {
  readonly server: () => EmbeddedPostgres;
  /** Starts the server again after it was killed. */
  readonly restart: () => Promise<void>;
  readonly programs: Programs;
  readonly random: Random;
  readonly tally: Tally;
  /** Where journals are kept. */
  readonly folder: string;
  /** Everything that was wrong so far. */
  readonly findings: string[];
  /** Says how far a scene is, now and then. */
  readonly progress: (says: string) => void;
};
