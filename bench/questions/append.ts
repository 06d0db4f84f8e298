import type { Answer, Goal } from "../answer";
import type { Appender } from "../contenders/appender";
import { emmettAppender } from "../contenders/emmett";
import { messageDbAppender } from "../contenders/message-db";
import { rawAppender } from "../contenders/raw";
import { tidemarkAppender } from "../contenders/tidemark";
import { rate, type Spread, takeTurns } from "../measure";
import type { Setting } from "../setting";

const CASES = [
  { callers: 1, events: 1 },
  { callers: 8, events: 1 },
  { callers: 32, events: 1 },
  { callers: 32, events: 10 },
] as const;

/** How many appends a second do callers get in one process? Version check, idempotency and durable commit are on. */
export async function askAppend(setting: Setting): Promise<readonly Answer[]> {
  const appenders: readonly Appender[] = [
    await rawAppender(await setting.database("raw"), 32),
    await tidemarkAppender(await setting.tidemarkDatabase("tidemark")),
    await emmettAppender(await setting.database("emmett"), 32),
    await messageDbAppender(await setting.database("messagedb"), 32),
  ];
  const [seconds, rounds] = setting.quick ? [0.3, 2] : [2, 7];
  const answers: Answer[] = [];
  try {
    for (const { callers, events } of CASES) {
      for (const { append } of appenders)
        await rate(callers, setting.quick ? 0.1 : 1, (caller) => append(caller, events));
      const turns = appenders.map(({ name, append }) => ({
        name,
        run: () => rate(callers, seconds, (caller) => append(caller, events)),
      }));
      const figures = await takeTurns(turns, rounds);
      answers.push({
        title: `Append, ${callers} caller${callers > 1 ? "s" : ""}, ${events} event${events > 1 ? "s" : ""} each`,
        unit: "appends/s",
        lines: [...figures].map(([name, figure]) => ({ name, figure })),
        goals: goalsOf(callers, events, figures),
      });
    }
  } finally {
    for (const { close } of appenders) await close();
  }
  return answers;
}

function goalsOf(callers: number, events: number, figures: ReadonlyMap<string, Spread>): readonly Goal[] {
  const median = (name: string) =>
    figures.get([...figures.keys()].find((key) => key.startsWith(name)) ?? "")?.median ?? Number.NaN;
  const against = (name: string, must: number | null, aim: number | null): Goal => ({
    question: `append, ${callers} × ${events}: Tidemark against ${name}`,
    reached: median("Tidemark") / median(name),
    unit: "×",
    must,
    aim,
    better: "higher",
  });
  if (callers === 32 && events === 1)
    return [against("raw", 0.9, 1.5), against("Emmett", 4.5, 8), against("message-db", null, 3)];
  if (callers === 32) return [against("raw", 0.65, 1), against("Emmett", 1.8, 3)];
  // One caller waits for each append: half the rate of raw is twice its time.
  if (callers === 1) return [against("raw", 0.5, 1 / 1.3), against("Emmett", 1, null)];
  return [against("raw", null, null), against("Emmett", null, null)];
}
