import type { Writable } from "node:stream";
import { createColors } from "picocolors";
import { printable } from "@/bin/cli/printable";

/** A stream that may be a terminal. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Where a command writes. */
export type Output = {
  readonly asJson: boolean;
  readonly colours: ReturnType<typeof createColors>;
  readonly isTerminal: boolean;
  /** Columns of the terminal; 100 where there is none. */
  readonly width: number;
  /** Answers of the program; texts from outside must have passed `printable`. */
  readonly line: (text?: string) => void;
  /** JSON text, as it is, on lines of its own. Only for `--json`. */
  readonly raw: (json: string) => void;
  /** Columns of texts that are made printable here; `right` names columns of numbers. */
  readonly table: (head: readonly string[], rows: readonly (readonly unknown[])[], right?: readonly number[]) => void;
  /** Remarks that are no part of the answer. */
  readonly note: (text: string) => void;
  readonly error: Screen;
};

/** Writes to two streams; colours only on a terminal. */
export function createOutput(stdout: Screen, stderr: Screen, asJson: boolean): Output {
  const isTerminal = stdout.isTTY === true;
  const colours = createColors(isTerminal && !asJson);
  const line = (text = "") => void stdout.write(`${text}\n`);
  return {
    asJson,
    colours,
    isTerminal,
    width: stdout.columns ?? 100,
    line,
    raw: (json) => line(json.trimEnd()),
    table: (head, rows, right = []) => {
      const cells = rows.map((row) => row.map((cell) => (cell === null || cell === undefined ? "" : printable(cell))));
      const widths = head.map((title, at) => Math.max(title.length, ...cells.map((row) => (row[at] ?? "").length)));
      const laidOut = (row: readonly string[]) =>
        row
          .map((cell, at) => (right.includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
          .join("  ")
          .trimEnd();
      line(colours.dim(laidOut(head)));
      for (const row of cells) line(laidOut(row));
    },
    note: (text) => void stderr.write(`${text}\n`),
    error: stderr,
  };
}
