import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { type ExportFile, exportFile, writeAt } from "@/lib/export/export-file";
import { finishExport, undoExport } from "@/lib/export/finish-export";
import { nextPersonEvents } from "@/lib/export/person-events";
import { personEventLine } from "@/lib/export/person-lines";
import { modelsReading, nextPersonRows } from "@/lib/export/person-rows";
import { TidemarkError } from "@/lib/kernel/errors";
import { failpoint } from "@/lib/kernel/failpoint";
import type { KeyStore } from "@/lib/keys/key-store";
import { noKeyStore } from "@/lib/keys/rotate-keys";
import { bringKeys } from "@/lib/privacy/keys-at-hand";
import { defineRun, type RunContext, type RunKind } from "@/lib/runs/run";
import { lockHeld } from "@/lib/runs/run-lease";
import { gatherTexts, type PersonalTexts } from "@/lib/shred/personal-values";

/** Whom it is about, by digest, and the mark when it was asked for. */
type ExportPersonInput = { readonly subject: string; readonly tenant: string | null; readonly upTo: string };

/** How far it has come, and what is in the file by then. Nothing of what the events say. */
type Exported = {
  readonly after: string;
  readonly events: number;
  readonly values: number;
  /** Values that nobody can read. */
  readonly unread: number;
  readonly types: readonly string[];
  /** The read models that read such types, once the events are through; `rows` of them, in their order, and within one the key. */
  readonly models: readonly string[] | null;
  readonly rows: readonly number[];
  readonly key: readonly string[] | null;
  readonly ended: boolean;
  readonly bytes: number;
};

type Context = RunContext<ExportPersonInput, Exported>;

/** What it reads. */
type PersonParts = { readonly pool: pg.Pool; readonly catalog: Catalog; readonly keys: KeyStore | null };

const NOTHING: Exported = {
  ...{ after: "0", events: 0, values: 0, unread: 0, types: [], models: null, rows: [], key: null },
  ...{ ended: false, bytes: 0 },
};

/**
 * The run that writes what is held about one person into a file, opened for them alone: the events in which something is sealed
 * for them, then the rows of read models in which they stand. It goes on from its checkpoint at the same byte; only whoever holds
 * the run writes. Ends as failed when a key of theirs has changed since it was asked for.
 */
export function exportPersonRun(parts: PersonParts, folder: string): RunKind {
  return defineRun<ExportPersonInput, Exported>({
    kind: "export-person",
    steeredBy: "privacy-officer",
    unit: "positions",
    phases: ["events", "read-models", "seal"],
    run: async (context) => {
      const { keys } = parts;
      if (!keys) throw noKeyStore();
      const file = exportFile(folder, context.id, "jsonl");
      if (!(await file.holds(context.checkpoint?.bytes ?? 0))) {
        await context.log(`${file.name} is not here as it was left; it is written anew`, "warn");
        await context.step(() => Promise.resolve(NOTHING));
      }
      const ids = await liveKeys(keys, context.input.subject);
      await writeEvents({ ...parts, keys }, file, ids, context);
      const marks = await marksOf({ ...parts, keys }, ids, context);
      await writeRows(parts.catalog, file, marks, context);
      // Looked at last: what was opened before a key was destroyed must not be handed out after it.
      await liveKeys(keys, context.input.subject);
      const made = at(context);
      const finished = await finishExport(context, file, made);
      const rows = made.rows.reduce((sum, count) => sum + count, 0);
      return { ...finished, values: made.values, unread: made.unread, rows };
    },
    undo: (context) => undoExport(parts.pool, folder, context.id),
  });
}

function at({ checkpoint }: Context): Exported {
  return checkpoint ?? NOTHING;
}

/** Ids of all of the person's keys. Throws `conflict` once the last one is destroyed: then nothing of theirs is handed out any more. */
async function liveKeys(keys: KeyStore, subject: string): Promise<readonly string[]> {
  const known = await keys.personKeys(subject);
  if (known.at(-1)?.state === "live") return known.map(({ id }) => id);
  throw new TidemarkError("conflict", "This person was forgotten; nothing of theirs can be handed out any more.", {
    subject,
  });
}

type Writing = PersonParts & { readonly keys: KeyStore };

async function writeEvents(parts: Writing, file: ExportFile, ids: readonly string[], context: Context): Promise<void> {
  const { subject, tenant, upTo } = context.input;
  const own = new Set(ids);
  const head = `${JSON.stringify({ kind: "person", subject, tenant, upTo })}\n`;
  for (let here = at(context); here.models === null; here = at(context)) {
    await context.step(async (client) => {
      const span = { after: BigInt(here.after), upTo: BigInt(upTo) };
      const { events, looked } = await nextPersonEvents(client, ids, span);
      await bringKeys(parts.keys, events);
      const lines = events.map((event) => personEventLine(event, own, parts.catalog.personalPaths(event.type)));
      const text = (here.bytes === 0 ? head : "") + lines.map(({ line }) => line).join("");
      const types = [...new Set([...here.types, ...events.map(({ type }) => type)])];
      const done = looked === span.upTo;
      return {
        ...here,
        ...{ after: String(looked), events: here.events + events.length, types },
        values: here.values + lines.reduce((sum, { values }) => sum + values, 0),
        unread: here.unread + lines.reduce((sum, { unread }) => sum + unread, 0),
        models: done ? modelsReading(parts.catalog, types) : null,
        bytes: await written(client, file, here, text, context),
      };
    });
    const now = at(context);
    const detail = `${now.events} events written`;
    context.progress({ phase: "events", done: Number(now.after), total: Number(upTo), problems: now.unread, detail });
  }
}

/** What to look for in rows: in memory only, so it is gathered anew by whoever goes on. */
async function marksOf({ pool, keys }: Writing, ids: readonly string[], context: Context): Promise<PersonalTexts> {
  const { types, ended } = at(context);
  if (ended || types.length === 0) return { texts: [], all: true, id: undefined };
  const span = { after: 0n, upTo: BigInt(context.input.upTo), types };
  return gatherTexts(pool, keys, ids, span, () => context.wait(0));
}

async function writeRows(catalog: Catalog, file: ExportFile, marks: PersonalTexts, context: Context): Promise<void> {
  for (let here = at(context); !here.ended; here = at(context)) {
    const models = here.models ?? [];
    // The one at hand is the last that rows are counted for, unless its key says that it is through.
    const index = here.key === null ? here.rows.length : here.rows.length - 1;
    const name = models[index];
    const projection = catalog.projections.find((known) => known.name === name);
    context.progress({
      phase: "read-models",
      unit: "read models",
      done: index,
      total: models.length,
      detail: name ?? "",
    });
    await context.step(async (client) => {
      if (name === undefined) {
        const text = endLine(here, marks);
        return { ...here, ended: true, bytes: await written(client, file, here, text, context) };
      }
      const { lines, last } = projection
        ? await nextPersonRows(client, projection, marks, here.key)
        : { lines: [], last: null };
      const before = here.key === null ? 0 : (here.rows[index] ?? 0);
      return {
        ...here,
        ...{ rows: [...here.rows.slice(0, index), before + lines.length], key: last },
        bytes: await written(client, file, here, lines.join(""), context),
      };
    });
  }
}

/** What the file holds, and of which texts it was said that they are not the person's. */
function endLine({ events, values, unread, models, rows }: Exported, { texts, all, id }: PersonalTexts): string {
  const readModels = (models ?? []).map((name, index) => ({ name, rows: rows[index] ?? 0 }));
  const searched = { id: id !== undefined, texts: texts.length, all };
  return `${JSON.stringify({ kind: "end", events, values, unread, readModels, searched })}\n`;
}

/** Writes at the file's end as the checkpoint has it, while nobody can take the run over, and resolves with where its end is then. */
async function written(
  client: pg.PoolClient,
  file: ExportFile,
  { bytes: offset }: Exported,
  text: string,
  context: Context,
): Promise<number> {
  const bytes = Buffer.from(text);
  await lockHeld(client, context);
  await writeAt(file, offset, bytes);
  failpoint("export.after-write");
  return offset + bytes.length;
}
