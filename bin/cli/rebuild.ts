import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock, count, duration } from "@/bin/cli/format";
import type { Output } from "@/bin/cli/output";
import { printable } from "@/bin/cli/printable";
import type { Session } from "@/bin/cli/session";

/** The acts of `tidemark projections NAME` that are about its generations. */
export const generationActs = ["plan", "rebuild", "promote", "revert", "retire", "differences"] as const;

/** One of them. */
export type GenerationAct = (typeof generationActs)[number];

/** Their options; `follow` stays with the run that an act begins. */
export type GenerationOptions = {
  readonly promote?: string;
  readonly since?: string;
  readonly slices?: string;
  readonly tenant?: string;
  readonly perSecond?: string;
  readonly generation?: string;
  readonly reason?: string;
  readonly ticket?: string;
};

type Row = Readonly<Record<string, string | null>> | null;
type Plan = {
  readonly version: number;
  readonly liveVersion: number;
  readonly liveGeneration: number;
  readonly types: readonly string[];
  readonly events: { readonly events: number; readonly exact: boolean };
  readonly part: {
    readonly words: string;
    readonly refolded: number;
    readonly copied: number;
    readonly exact: boolean;
  } | null;
  readonly rowsNow: number;
  readonly bytesNow: number;
  readonly disk: { readonly free: number; readonly left: number } | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly seconds: { readonly low: number; readonly high: number } | null;
  readonly sideEffects: readonly string[];
  readonly dryRun: {
    readonly compared: number;
    readonly equal: number;
    readonly why: string | null;
    readonly differing: readonly { readonly key: string; readonly live: Row; readonly rebuilt: Row }[];
  } | null;
  readonly blocked: string | null;
};

type Differences = {
  readonly generation: number;
  readonly live: number;
  readonly compared: { readonly rows: number; readonly equal: number };
  readonly differences: readonly {
    readonly key: readonly string[];
    readonly kind: string;
    readonly fields: readonly {
      readonly name: string;
      readonly live: string | null;
      readonly rebuilt: string | null;
    }[];
  }[];
};

/** Carries one of them out for a projection. Throws a usage error for options that do not fit. */
export async function actOnGenerations(
  session: Session,
  name: string,
  act: GenerationAct,
  options: GenerationOptions,
): Promise<void> {
  switch (act) {
    case "plan":
      return await plan(session, name, options);
    case "rebuild":
      return await rebuild(session, name, options);
    case "promote":
    case "revert":
      return await switchGeneration(session, name, act, options);
    case "retire":
      return await retire(session, name, options);
    case "differences":
      return await differences(session, name, options);
  }
}

async function plan({ api, out }: Session, name: string, options: GenerationOptions): Promise<void> {
  const { promote, perSecond, since, slices, tenant } = options;
  const query = { promote, perSecond, since, slices, tenant };
  const answer = await api.ask({ path: storePath("projections", name, "rebuild", "plan"), query });
  if (out.asJson) return out.raw(answer.text);
  const found = answer.json() as Plan;
  const { events, seconds, dryRun } = found;
  out.line(out.colours.bold(printable(`Rebuild of ${name}`)));
  if (found.part) {
    const about = found.part.exact ? "" : "about ";
    out.line(`Part      ${printable(found.part.words)}`);
    out.line(`Rows      ${about}${count(found.part.refolded)} folded anew, ${about}${count(found.part.copied)} copied`);
  }
  out.line(
    `Replays   ${events.exact ? "" : "about "}${count(events.events)} events: ${printable(found.types.join(", "))}`,
  );
  if (found.from !== null && found.to !== null) out.line(`From      ${clock(found.from)} to ${clock(found.to)} UTC`);
  out.line(`Builds    version ${found.version}; version ${found.liveVersion} serves until it is promoted`);
  out.line(`Rows now  about ${count(found.rowsNow)}, ${count(found.bytesNow / 1024)} KiB, which it needs once more`);
  const disk = found.disk;
  const free = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  out.line(
    `Disk      ${disk ? `${free(disk.free)} free, ${free(disk.left)} once it is built` : "not known: it is another server's"}`,
  );
  out.line(
    `Time      ${seconds === null ? "not measured: the workers replay it" : `${duration(seconds.low * 1_000)} to ${duration(seconds.high * 1_000)}`}`,
  );
  for (const sentence of found.sideEffects) out.line(`Effects   ${printable(sentence)}`);
  if (dryRun) {
    out.line(
      `Dry run   ${dryRun.why === null ? `${dryRun.equal} of ${dryRun.compared} rows come out as they are` : printable(dryRun.why)}`,
    );
    table(
      out,
      dryRun.differing.flatMap(({ key, live, rebuilt }) =>
        Object.keys(live ?? rebuilt ?? {}).map((field) => [
          key,
          field,
          live?.[field] ?? null,
          rebuilt?.[field] ?? null,
        ]),
      ),
      [`GENERATION ${found.liveGeneration}`, "REBUILT"],
    );
  }
  if (found.blocked !== null) out.line(`Blocked   ${printable(found.blocked)}`);
}

async function rebuild({ api, out }: Session, name: string, options: GenerationOptions): Promise<void> {
  const { promote, perSecond, since, slices, tenant, reason, ticket } = options;
  const body = JSON.stringify({
    ...{ promote, since, slices, tenant },
    perSecond: perSecond === undefined ? undefined : Number(perSecond),
    reason,
    ticket,
  });
  const answer = await api.ask({ method: "POST", path: storePath("projections", name, "rebuild"), body });
  if (out.asJson) return out.raw(answer.text);
  const { run } = answer.json() as { run: { id: string } };
  out.line(`Run ${run.id} begins. Watch it with \`tidemark runs ${run.id} --follow\`.`);
}

type Rebuild = { readonly id: string; readonly state: string; readonly offers: readonly string[] };

/** By way of the newest rebuild that can: it knows which generation it made, and which it took the place of. */
async function switchGeneration(
  { api, out }: Session,
  name: string,
  act: "promote" | "revert",
  options: GenerationOptions,
) {
  const query = { kind: "rebuild", subject: name, limit: 20 };
  const { runs } = (await api.ask({ path: storePath("runs"), query })).json() as { runs: readonly Rebuild[] };
  const state = act === "promote" ? "awaiting-decision" : "succeeded";
  // Where none can, the newest one's refusal says why.
  const run = runs.find((one) => one.state === state && one.offers.includes(act)) ?? runs[0];
  if (!run) throw usage(`${name} has not been rebuilt, so there is nothing to ${act}.`);
  const { reason, ticket } = options;
  const body = JSON.stringify({ reason, ticket });
  const answer = await api.ask({ method: "POST", path: storePath("runs", run.id, act), body });
  if (out.asJson) return out.raw(answer.text);
  out.line(`Run ${run.id}: ${act === "promote" ? "promoted" : "went back to the generation before it"}.`);
}

async function retire({ api, out }: Session, name: string, options: GenerationOptions): Promise<void> {
  const { reason, ticket } = options;
  const answer = await api.ask({
    method: "POST",
    path: storePath("projections", name, "generations", generationOf(options), "retire"),
    body: JSON.stringify({ reason, ticket }),
  });
  if (out.asJson) return out.raw(answer.text);
  out.line(`Generation ${options.generation} of ${printable(name)} is retired.`);
}

async function differences({ api, out }: Session, name: string, options: GenerationOptions): Promise<void> {
  const path = storePath("projections", name, "generations", generationOf(options), "differences");
  const answer = await api.ask({ path });
  if (out.asJson) return out.raw(answer.text);
  const found = answer.json() as Differences;
  out.line(`${count(found.compared.equal)} of ${count(found.compared.rows)} rows are equal.`);
  table(
    out,
    found.differences.flatMap(({ key, fields }) =>
      fields.map((field) => [key.join(" "), field.name, field.live, field.rebuilt]),
    ),
    [`GENERATION ${found.live}`, `GENERATION ${found.generation}`],
  );
}

function generationOf({ generation }: GenerationOptions): string {
  if (generation !== undefined && /^[1-9]\d{0,8}$/.test(generation)) return generation;
  throw usage("Say which one: --generation <n>.");
}

function table(out: Output, rows: readonly (readonly (string | null)[])[], sides: readonly string[]): void {
  if (rows.length === 0) return;
  out.line();
  out.table(
    ["ROW", "FIELD", ...sides],
    rows.map((row) => row.map((cell) => cell ?? "null")),
  );
}
