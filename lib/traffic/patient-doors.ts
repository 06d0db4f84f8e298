import type { Doors } from "@/lib/traffic/shop";

/** What the traffic has done since it was last asked. */
export type Counts = { readonly commands: number; readonly rejections: number; readonly conflicts: number };

/** Doors that outlast a database's restart and a crowd before one stream, and that count what goes through them. */
export type PatientDoors = Doors & {
  /** The counts since the last call. */
  readonly takeCounts: () => Counts;
};

const firstWaitMs = 100;
const longestWaitMs = 5_000;

/** Wraps the doors. `wait` resolves after some milliseconds or rejects when the traffic is to stop. */
export function patientDoors(doors: Doors, wait: (ms: number) => Promise<void>): PatientDoors {
  let counts = { commands: 0, rejections: 0, conflicts: 0 };

  async function insist<Result>(act: () => Promise<Result>): Promise<Result> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      try {
        return await act();
      } catch (error) {
        const code = (error as { code?: unknown }).code;
        if (code !== "unavailable" && code !== "version-conflict") throw error;
        if (code === "version-conflict") counts.conflicts++;
        await wait(waitMs);
      }
    }
  }

  return {
    send: async (command) => {
      const outcome = await insist(() => doors.send(command));
      counts.commands++;
      counts.conflicts += outcome.attempts - 1;
      if (outcome.outcome === "rejected") counts.rejections++;
      return outcome;
    },
    append: (append) => insist(() => doors.append(append)),
    ...(doors.seen && { seen: (stream: string) => insist(async () => (await doors.seen?.(stream)) ?? []) }),
    takeCounts: () => {
      const taken = counts;
      counts = { commands: 0, rejections: 0, conflicts: 0 };
      return taken;
    },
  };
}
