import { redact } from "@/lib/telemetry/redact";

/** Short words for the person at the terminal. */
export type Notices = {
  /** Tells that something happened to a part. The same words come at most once in 10 s, then with how often. */
  readonly say: (part: string, words: string) => void;
  /** A line as it is. */
  readonly print: (line: string) => void;
};

const SILENCE_MS = 10_000;

/** Notices on standard output. A terminal that is gone ends nothing: lines are then dropped. */
export function createNotices(write: (text: string) => void = writeOut): Notices {
  const said = new Map<string, { at: number; dropped: number }>();
  return {
    print: (line) => write(`${line}\n`),
    say(part, words) {
      const line = redact(`${part}: ${words}`).split("\n", 1)[0]?.slice(0, 300) ?? "";
      const last = said.get(line);
      const now = performance.now();
      if (last && now - last.at < SILENCE_MS) {
        last.dropped++;
        return;
      }
      if (said.size > 500) said.clear();
      said.set(line, { at: now, dropped: 0 });
      write(`  ${line}${last?.dropped ? ` (and ${last.dropped} times before)` : ""}\n`);
    },
  };
}

function writeOut(text: string): void {
  try {
    process.stdout.write(text);
  } catch {
    // Nobody reads any more.
  }
}
