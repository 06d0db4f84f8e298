import type { Spread } from "./measure";

/** One line of a result table: a contender's figure in the answer's unit. */
export type Line = { readonly name: string; readonly figure: Spread; readonly note?: string };

/** One goal: what was reached, and the two marks. `higher` says which side is better. */
export type Goal = {
  readonly question: string;
  readonly reached: number;
  readonly unit: string;
  readonly must: number | null;
  readonly aim: number | null;
  readonly better: "higher" | "lower";
};

/** What one question found. */
export type Answer = {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly goals: readonly Goal[];
};

/** An answer as Markdown: the table of contenders, then the goals with their verdicts. */
export function answerText(answer: Answer): string {
  return answer.goals.length === 0 ? linesText(answer) : `${linesText(answer)}\n\n${goalTable(answer.goals)}`;
}

/** The table of contenders alone. */
export function linesText({ title, unit, lines }: Answer): string {
  const rows = lines.map(
    ({ name, figure, note }) =>
      `| ${name} | ${round(figure.median)} | ${round(figure.low)} to ${round(figure.high)} | ${note ?? ""} |`,
  );
  return [`### ${title}`, "", `| contender | median, ${unit} | spread | |`, "|---|--:|--:|---|", ...rows].join("\n");
}

/** Goals as a Markdown table with PASS or short against *must*, and whether *aim* was reached. */
export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const mark = (value: number | null) =>
      value === null ? "" : `${goal.better === "higher" ? "≥" : "≤"} ${round(value)}`;
    return `| ${goal.question} | ${round(goal.reached)} ${goal.unit} | ${mark(goal.must)} | ${mark(goal.aim)} | ${verdict(goal)} |`;
  });
  return ["| goal | reached | must | aim | |", "|---|--:|--:|--:|---|", ...rows].join("\n");
}

/** Against *must*: PASS or short; then whether *aim* was reached. Nothing where there is no mark. */
function verdict({ reached, must, aim, better }: Goal): string {
  const meets = (mark: number) => (better === "higher" ? reached >= mark : reached <= mark);
  const first = must === null ? [] : [meets(must) ? "PASS" : "short"];
  const second = aim !== null && meets(aim) ? ["aim reached"] : [];
  return [...first, ...second].join(", ");
}

function round(value: number): string {
  if (!Number.isFinite(value)) return "n/a";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}
