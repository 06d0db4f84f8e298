import type { CommandNote } from "@/lib/event-store/recorded-event";

/** What the log remembers of a command, as pages show it; times in milliseconds. */
export type CommandShown = {
  readonly id: string;
  readonly name: string;
  readonly receivedAt: string;
  readonly loadMs: number;
  readonly decideMs: number;
  readonly attempts: number;
};

/** Reads the note that was stored with an event; null where there is none. The input's digest is nobody's business. */
export function commandOf(note: string | null): CommandShown | null {
  if (note === null) return null;
  const { id, name, receivedAt, loadMs, decideMs, attempts } = JSON.parse(note) as CommandNote;
  return { id, name, receivedAt, loadMs, decideMs, attempts };
}
