import type { Form } from "@/lib/catalog/decode";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { NotFound } from "@/lib/kernel/errors";
import { isUuid } from "@/lib/kernel/ids";
import type { SealedFieldState } from "@/lib/privacy/field-states";
import { type CausationNode, causesOf, effectsOf } from "@/lib/queries/causation";
import { checkPosition } from "@/lib/queries/check-input";
import { type CommandShown, commandOf } from "@/lib/queries/command-note";
import {
  type EventRecordWithPayload,
  type EventWithPayload,
  eventColumns,
  toEventWithPayload,
} from "@/lib/queries/event-row";
import { readHighWater } from "@/lib/queries/list-events";
import { type ConsumerStep, consumerSteps } from "@/lib/queries/processed-by";
import type { QueryContext } from "@/lib/queries/query-context";

export type { CausationNode } from "@/lib/queries/causation";

/** A payload in one version of a type, as indented JSON text; `personal` are the paths of personal fields in it. */
type ShownForm = {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly personal: readonly string[];
};

/** A step that was taken, from one form to the next; to several where an old event is read as several. */
export type ShownStep = { readonly before: ShownForm; readonly after: readonly ShownForm[] };

/** How the code reads a stored event: `forms` is what it is today, one form nearly always. */
type Reading =
  | { readonly status: "decoded"; readonly forms: readonly ShownForm[]; readonly steps: readonly ShownStep[] }
  | { readonly status: "unknown-type" | "unknown-version" }
  | {
      readonly status: "failed";
      readonly stage: string;
      readonly message: string;
      readonly steps: readonly ShownStep[];
    };

/** Everything the page of one event shows. */
export type EventPage = {
  readonly event: EventWithPayload;
  /** The command that caused it, as noted with the event. */
  readonly command: CommandShown | null;
  readonly reading: Reading;
  /** Paths of personal fields in any version of the payload, and the path of whose they are. */
  readonly personal: readonly { readonly path: string; readonly subject: string }[];
  /** How each sealed value of the stored payload stands; never what it says. */
  readonly sealed: readonly SealedFieldState[];
  /** Nearest cause first; bounded, `moreCauses` when the chain goes on. */
  readonly causes: readonly CausationNode[];
  readonly moreCauses: boolean;
  /** Depth first in log order; bounded. */
  readonly effects: readonly CausationNode[];
  readonly moreEffects: boolean;
  /** One step per consumer that handles this type. */
  readonly processedBy: readonly ConsumerStep[];
  /** Neighbours in the same stream (event ids) and in the log (positions). */
  readonly neighbours: {
    readonly olderInStream: string | null;
    readonly newerInStream: string | null;
    readonly olderPosition: string | null;
    readonly newerPosition: string | null;
  };
  readonly highWater: string;
};

type PageRecord = EventRecordWithPayload & { readonly slice: number; readonly command: string | null };

/** Reads the page of an event by its id (a UUID) or its position. Throws `NotFound`, `InvalidRequest`. */
export async function eventPage(
  context: QueryContext,
  which: { readonly id: string } | { readonly position: string },
): Promise<EventPage> {
  const { reads, catalog } = context;
  const record = await find(context, which);
  const event = toEventWithPayload(record);
  const stored = storedOf(record);
  const [highWater, { causes, more: moreCauses }, { effects, more: moreEffects }, processedBy, neighbours] =
    await Promise.all([
      readHighWater(context),
      causesOf(reads, record.causation_id, event.id),
      effectsOf(reads, event),
      consumerSteps(reads, [record.position]),
      neighboursOf(context, record),
    ]);
  return {
    event,
    command: commandOf(record.command),
    reading: await readingOf(context, stored),
    personal: catalog.personalPaths(event.type),
    sealed: await catalog.sealedStates(stored),
    causes,
    moreCauses,
    effects,
    moreEffects,
    processedBy,
    neighbours,
    highWater: String(highWater),
  };
}

async function find({ reads }: QueryContext, which: { id: string } | { position: string }): Promise<PageRecord> {
  const [column, key, named] =
    "id" in which
      ? ["event_id", which.id.toLowerCase(), which.id]
      : ["position", checkPosition(which.position, "position"), which.position];
  // A text that is no UUID is the id of no event.
  const [record] =
    typeof key === "string" && !isUuid(key)
      ? []
      : await reads.query<PageRecord>(
          `select ${eventColumns}, e.data, e.metadata, e.slice, e.command from events e where e.${column} = $1`,
          [key],
        );
  if (!record) throw new NotFound("event", named.slice(0, 100));
  return record;
}

function storedOf(record: PageRecord): RecordedEvent {
  const { bytes: _bytes, ...event } = toEventWithPayload(record);
  return { ...event, position: record.position, slice: record.slice, command: record.command };
}

/** Without the key store the event is still there to be looked at, as it was stored; why it is not read says the key store. */
async function readingOf(context: QueryContext, stored: RecordedEvent): Promise<Reading> {
  try {
    await context.catalog.bringKeys([stored]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: "failed", stage: "open", message, steps: [] };
  }
  return readEvent(context, stored);
}

/** How the code reads an event, whether it is stored or somebody tries it out. */
export function readEvent({ catalog }: Pick<QueryContext, "catalog">, event: RecordedEvent): Reading {
  const upcast = catalog.upcast(event);
  if (upcast.status === "unknown-type" || upcast.status === "unknown-version") return { status: upcast.status };
  const shown = ({ type, schemaVersion, data }: Form): ShownForm => ({
    type,
    schemaVersion,
    data: JSON.stringify(data, null, 2) ?? "null",
    personal: catalog.personalPaths(type).map(({ path }) => path),
  });
  const steps = upcast.steps.map(({ before, after }) => ({ before: shown(before), after: after.map(shown) }));
  return upcast.status === "failed"
    ? { status: "failed", stage: upcast.stage, message: upcast.error.message, steps }
    : { status: "decoded", forms: upcast.forms.map(shown), steps };
}

async function neighboursOf({ reads }: QueryContext, record: PageRecord): Promise<EventPage["neighbours"]> {
  const [row] = await reads.query<{
    older_id: string | null;
    newer_id: string | null;
    older: bigint | null;
    newer: bigint | null;
  }>(
    `select (select event_id from events where stream = $1 and version = $2::bigint - 1) as older_id,
            (select event_id from events where stream = $1 and version = $2::bigint + 1) as newer_id,
            (select position from events where position < $3::bigint order by position desc limit 1) as older,
            (select position from events where position > $3::bigint and position <= (select position from high_water)
              order by position limit 1) as newer`,
    [record.stream, record.version, record.position],
  );
  return {
    olderInStream: row?.older_id ?? null,
    newerInStream: row?.newer_id ?? null,
    olderPosition: row?.older == null ? null : String(row.older),
    newerPosition: row?.newer == null ? null : String(row.newer),
  };
}
