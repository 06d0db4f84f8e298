import { count, duration } from "@/bin/cli/format";
import type { Source } from "@/bin/cli/open-source";
import type { Output } from "@/bin/cli/output";
import type { Tally } from "@/bin/cli/send-lines";

/** Shows how far an import is: a bar that stays on its line on a terminal, a plain line every few seconds elsewhere. */
export type ImportProgress = {
  readonly show: () => void;
  /** Writes a text above the bar. */
  readonly say: (text: string) => void;
  /** Takes the bar away. */
  readonly end: () => void;
};

const BAR = 20;
const REDRAW_MS = 100;
const PLAIN_MS = 5_000;

/** Progress of `tally` through `source`, on the error output, so that the answer on the other one stays clean. */
export function createProgress(out: Output, source: Source, tally: Tally): ImportProgress {
  const { error } = out;
  const started = performance.now();
  let shownAt = error.isTTY ? Number.NEGATIVE_INFINITY : started;
  const clear = () => {
    if (error.isTTY) error.write("\r\u001b[2K");
  };
  const draw = () => {
    const seconds = (performance.now() - started) / 1_000;
    const sent = tally.settled - tally.skipped;
    const rate = `${count(sent / Math.max(seconds, 0.001))}/s`;
    // Reading is ahead of storing; only what is settled counts.
    const ahead = tally.read > 0 ? tally.settled / tally.read : 0;
    const share = source.size ? Math.min(1, source.bytesRead() / source.size) * ahead : undefined;
    if (share === undefined) return `${count(tally.settled)} lines  ${rate}`;
    // What an earlier sitting has settled is passed over in no time and says nothing about the rest.
    const ownShare = tally.settled > 0 ? (share * sent) / tally.settled : 0;
    const left = ownShare > 0 ? `${duration((seconds * (1 - share) * 1_000) / ownShare)} left` : "";
    const full = Math.round(share * BAR);
    const bar = error.isTTY ? `${"█".repeat(full)}${"░".repeat(BAR - full)}  ` : "";
    return `${bar}${Math.floor(share * 100)} %  ${count(tally.settled)} lines  ${rate}  ${left}`;
  };
  return {
    show: () => {
      if (out.asJson || performance.now() - shownAt < (error.isTTY ? REDRAW_MS : PLAIN_MS)) return;
      shownAt = performance.now();
      clear();
      error.write(error.isTTY ? draw().slice(0, (error.columns ?? 100) - 1) : `${draw()}\n`);
    },
    say: (text) => {
      clear();
      error.write(`${text}\n`);
      shownAt = error.isTTY ? Number.NEGATIVE_INFINITY : shownAt;
    },
    end: clear,
  };
}
