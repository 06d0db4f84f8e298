import type { Answer, Goal, Line } from "../answer";
import { quantile, timed } from "../measure";
import type { Setting } from "../setting";
import { openSizedStore, type SizedStore, TOKEN } from "../sized-store";

/** The log that every page's time is compared with. */
const SMALL = 100_000;

/**
 * How long do the calls behind the list and detail pages take with a long log, and how much longer than with a short one?
 * Over HTTP, one after the other, warm; both stores take turns in every round, so that only their ratio tells of the size.
 *
 * How searches count: where no index answers a filter, what is compared is the first answer, as the page has it before it
 * goes on by itself. It looks at 5,000 rows and says so. The time until such a search is done grows with the log, as it must;
 * it is measured after that, in a table of its own.
 */
export async function askPages(setting: Setting): Promise<readonly Answer[]> {
  const large = setting.events ?? (setting.quick ? 20_000 : 1_000_000);
  const opened: SizedStore[] = [];
  try {
    for (const events of [setting.quick ? 2_000 : SMALL, large]) opened.push(await openSizedStore(setting, events));
    const [short, long] = opened;
    if (!short || !long) throw new Error("A store is missing.");
    const rounds = setting.quick ? 5 : 100;
    // The consoles registered the projections just now: none has seen an event yet.
    const behind = [
      await compared("overview, everything behind", () => "/overview", short, long, rounds),
      await compared("projections, everything behind", () => "/projections", short, long, rounds),
    ];
    for (const { owner, events } of opened)
      await owner.query("update consumer_partitions set checkpoint = $1", [events]);
    const lines: Compared[] = [];
    for (const [name, address] of calls) lines.push(await compared(name, address, short, long, rounds));
    const all = [...lines, ...behind];
    const searches: Compared[] = [];
    for (const [name, address] of searched) {
      searches.push(await compared(name, address, short, long, Math.ceil(rounds / 5), searchWhole));
    }
    return [
      {
        title: `API calls behind the pages, ${long.events.toLocaleString("en")} events in ${(long.events / 10).toLocaleString("en")} streams`,
        unit: "ms, p95",
        lines: all.map(({ line }) => line),
        goals: [
          slowest("pages' API", long.events, lines),
          slowest("the same, no read model has begun", long.events, behind),
          growth(all),
        ],
      },
      {
        // What is looked at row by row takes as long as there are rows: the growth is told here, and is no goal.
        title: `The searches among them, gone on with until the page is full or all is looked at, ${long.events.toLocaleString("en")} events`,
        unit: "ms, p95",
        lines: searches.map(({ line }) => line),
        goals: [],
      },
    ];
  } finally {
    for (const { close } of opened) await close();
  }
}

type Compared = { readonly line: Line; readonly growth: number };

/** One call against both stores, in turns. */
async function compared(
  name: string,
  address: (events: number) => string,
  short: SizedStore,
  long: SizedStore,
  rounds: number,
  call: (address: string) => Promise<unknown> = ask,
): Promise<Compared> {
  const [small, large]: [number[], number[]] = [[], []];
  const once = ({ api, events }: SizedStore) => call(`${api}${address(events)}`);
  for (let i = 0; i < 5; i++) for (const sized of [short, long]) await once(sized);
  for (let i = 0; i < rounds; i++) {
    small.push(await timed(() => once(short)));
    large.push(await timed(() => once(long)));
  }
  const grown = quantile(large, 0.5) / quantile(small, 0.5);
  const figure = { median: quantile(large, 0.95), low: quantile(large, 0.5), high: Math.max(...large) };
  const note = `from p50 to the slowest; ${grown.toFixed(2)} × ${short.events.toLocaleString("en")} events (p50)`;
  return { line: { name, figure, note }, growth: grown };
}

function slowest(what: string, events: number, lines: readonly Compared[]): Goal {
  const { line: worst } = lines.reduce((a, b) => (a.line.figure.median > b.line.figure.median ? a : b));
  return {
    question: `${what}, ${events.toLocaleString("en")} events, p95 of the slowest (${worst.name})`,
    reached: worst.figure.median,
    unit: "ms",
    // With a million events nobody should notice that a page was fetched.
    must: events > 1_000_000 ? 100 : 50,
    aim: 25,
    better: "lower",
  };
}

function growth(lines: readonly Compared[]): Goal {
  const worst = lines.reduce((a, b) => (a.growth > b.growth ? a : b));
  return {
    question: `growth from the short log to the long one, p50, of the worst (${worst.line.name})`,
    reached: worst.growth,
    unit: "×",
    must: 1.5,
    aim: 1.1,
    better: "lower",
  };
}

const flow = (events: number) => `flow-${Math.floor(events / 10)}`;

/** From the first to the last of one event a second, as the event log asks: of one time for all, the short log fills a bucket of 60. */
function span(events: number): string {
  const begin = Date.UTC(2026, 0, 1);
  return `from=${new Date(begin).toISOString()}&to=${new Date(begin + events * 1_000).toISOString()}`;
}

/** The calls, each as an address for a store of so many events. */
const calls: readonly (readonly [name: string, address: (events: number) => string])[] = [
  ["overview", () => "/overview"],
  ["events, newest", () => "/events?limit=50"],
  ["events, in the middle", (events) => `/events?limit=50&before=${Math.floor(events / 2)}`],
  ["events at a time", () => "/events?limit=50&at=2026-01-01T12:00:00Z"],
  ["events of a common type", () => "/events?limit=50&type=ItemAdded"],
  ["events of a rare type", () => "/events?limit=50&type=OrderReturned"],
  ["events of a type that does not exist", () => "/events?limit=50&type=Nothing"],
  ["events of a category", () => "/events?limit=50&category=account"],
  ["events of a tenant", () => "/events?limit=50&tenant=north"],
  ["events of a stream", () => "/events?limit=50&stream=order-00000042"],
  ["events of a correlation", (events) => `/events?limit=50&correlation=${flow(events)}`],
  ["events by actor and time", () => "/events?limit=50&actor=bench&from=2026-01-01T03:00:00Z&to=2026-01-02T00:00:00Z"],
  ["events by an actor that is rare", () => "/events?limit=50&actor=auditor"],
  ["events by part of a stream's name", () => "/events?limit=50&streamPart=0042"],
  ["events by payload path", () => "/events?limit=50&type=OrderPlaced&data.totalCents=12341"],
  ["one event", (events) => `/log/${Math.floor(events / 2)}`],
  ["streams by name", () => "/streams?limit=50"],
  ["streams by activity", () => "/streams?limit=50&sort=activity"],
  ["streams by prefix", () => "/streams?limit=50&prefix=inventory-0000"],
  ["streams by part of the name", () => "/streams?limit=50&contains=0421"],
  ["streams by a part that none has", () => "/streams?limit=50&contains=nowhere"],
  ["a stream", () => "/streams/order-00000042"],
  ["a stream's events", () => "/streams/order-00000042/events?limit=50"],
  ["a trace", (events) => `/traces/${flow(events)}`],
  ["search for a stream", () => "/search?q=order-00000042"],
  ["search for a word", () => "/search?q=order"],
  ["projections", () => "/projections"],
  ["a projection", () => "/projections/order-summary"],
  ["processes", () => "/processes"],
  ["dead letters", () => "/dead-letters?by=cause"],
  ["runs", () => "/runs"],
  ["audit", () => "/audit"],
  ["schema", () => "/schema"],
  // The one call that is of the whole installation.
  ["metrics for Prometheus", () => "/../../metrics"],
  ["names for filters", () => "/facets"],
  ["histogram of all", (events) => `/histogram?${span(events)}`],
  ["histogram of a type", (events) => `/histogram?${span(events)}&type=ItemAdded`],
];

/** Those of the calls whose first answer ends at its budget, or does in a longer log. */
const searched = calls.filter(([name]) =>
  [
    "events by an actor that is rare",
    "events by part of a stream's name",
    "events by payload path",
    "streams by part of the name",
    "streams by a part that none has",
  ].includes(name),
);

type Asked = { readonly next?: string | null; readonly scan?: unknown };

async function ask(address: string): Promise<Asked> {
  const answer = await fetch(address, { headers: { authorization: `Bearer ${TOKEN}` } });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${body.slice(0, 300)}`);
  return body.startsWith("{") ? (JSON.parse(body) as Asked) : {};
}

/** The first answer, and as many more as bring the search to its end; each may take two seconds. */
async function searchWhole(address: string): Promise<void> {
  let { next, scan } = await ask(address);
  const cursor = address.includes("/streams?") ? "cursor" : "before";
  while (scan && next) {
    ({ next, scan } = await ask(`${address}&scanMs=2000&${cursor}=${encodeURIComponent(next)}`));
  }
}
