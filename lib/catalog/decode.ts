import type { z } from "zod";
import { certainCheck } from "@/lib/catalog/certain-check";
import { eventView, unopenedView } from "@/lib/catalog/event-view";
import { forgettable, standIns } from "@/lib/catalog/forgettable";
import type { DecodedEvent, FormStep, Split } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";
import { hasSealed } from "@/lib/privacy/keys-at-hand";
import { type OpenedPayload, openPayload } from "@/lib/privacy/open-payload";
import type { PersonalPath, Place } from "@/lib/privacy/personal-path";

/** Where a decoding broke: reading the JSON, opening what is sealed, one upcaster, or the current schema. */
type DecodeStage = "parse" | "open" | "upcast" | "validate";

/** A payload in one schema version of a type. */
export type Form = { readonly type: string; readonly schemaVersion: number; readonly data: unknown };

/** A step that was taken, from one form to the next, or to several where the stored event is read as several. */
type UpcastStep = { readonly before: Form; readonly after: readonly Form[] };

type NotKnown =
  | { readonly status: "unknown-type"; readonly type: string }
  | {
      readonly status: "unknown-version";
      readonly type: string;
      readonly schemaVersion: number;
      readonly oldest: number;
      readonly current: number;
    };

type Failed = { readonly status: "failed"; readonly stage: DecodeStage; readonly error: DecodeFailed };

/** The outcome of decoding. Only `decoded` carries data that may be folded or projected: one event, nearly always. */
export type Decoding = { readonly status: "decoded"; readonly events: readonly DecodedEvent[] } | NotKnown | Failed;

/** The outcome of upcasting for a person; `steps` holds what succeeded even when a later step failed. */
export type Upcasting =
  | { readonly status: "decoded"; readonly forms: readonly Form[]; readonly steps: readonly UpcastStep[] }
  | NotKnown
  | (Failed & { readonly steps: readonly UpcastStep[] });

/**
 * An event type as decoding needs it: its current version and schema, and the steps from its older forms, oldest first.
 * A retired type has no schema; `current` is then the last version that was ever stored.
 */
export type KnownType = {
  readonly type: string;
  readonly current: number;
  readonly schema: z.ZodType | null;
  readonly steps: readonly FormStep[];
  /** Where personal data may stand in any of its versions. */
  readonly personal: readonly PersonalPath[];
  /** The payload of an event in the current form, parsed, opened and validated. Throws `DecodeFailed`. */
  readonly open: (event: RecordedEvent) => unknown;
  /** The payload as it was stored, parsed and opened. Throws `DecodeFailed`. */
  readonly read: (event: RecordedEvent) => OpenedPayload;
  /** The schema for events that have something forgotten in them. */
  readonly forgettable: () => z.ZodType | null;
};

/** A known type, ready to decode. One function a type opens all of its payloads, so that decoding makes none an event. */
export function knownType(facts: Omit<KnownType, "open" | "read" | "forgettable">): KnownType {
  const { schema, personal } = facts;
  const standIn = standIns(personal);
  const certain = schema ? certainCheck(schema) : undefined;
  let lenient: z.ZodType | undefined;
  const known: KnownType = {
    ...facts,
    read: (event) => (personal.length === 0 ? { data: parsed(event), forgotten: false } : opened(event, standIn)),
    open: (event) => {
      const read = known.read(event);
      return certain?.(read.data) && !read.forgotten ? read.data : validated(known, event, read);
    },
    forgettable: () => {
      if (schema) lenient ??= forgettable(schema);
      return lenient ?? null;
    },
  };
  return known;
}

/** The known types by name. */
export type KnownTypes = ReadonlyMap<string, KnownType>;

/** A stored event that this code cannot read, with the stage that broke and the event's own address as facts. */
class DecodeFailed extends TidemarkError {
  constructor(
    readonly stage: DecodeStage,
    event: RecordedEvent,
    reason: string,
    cause?: unknown,
  ) {
    super(
      "internal",
      `${event.type} (schema version ${event.schemaVersion}) at ${event.stream} version ${event.version} failed to ${stage}: ${reason}. Correct its upcaster or schema, or set the event aside.`,
      {
        stage,
        eventId: event.id,
        type: event.type,
        schemaVersion: event.schemaVersion,
        stream: event.stream,
        version: event.version,
        position: String(event.position),
        reason,
      },
      { cause },
    );
  }
}

type OnStep = (step: UpcastStep) => void;

/**
 * The hot path of every projection and fold. Each event is validated, those at the current version too: they may have
 * been appended by hand or imported, and a fold must not run on a payload that its types do not describe. It costs about
 * a microsecond an event, half of it JSON.parse; two to four where it is upcast.
 */
export function decodeWith(types: KnownTypes, event: RecordedEvent): Decoding {
  const { type, schemaVersion } = event;
  const known = types.get(type);
  const unknown = whyUnknown(known, event);
  if (!known || unknown) return unknown ?? { status: "unknown-type", type };
  try {
    if (known.schema && schemaVersion === known.current) {
      return { status: "decoded", events: [eventView(event, { type, schemaVersion, data: known.open(event) }, 0)] };
    }
    const events = travel(types, event, readForm(known, event)).map((reached, index) =>
      eventView(event, reached, index),
    );
    return { status: "decoded", events };
  } catch (error) {
    return asFailed(error);
  }
}

/**
 * The same for consumers that may not look at the payload at all, as a fold that only counts: where it needs no upcasting
 * it is parsed and validated when it is first asked for, and asking throws what decoding would have said.
 */
export function decodeOnDemand(types: KnownTypes, event: RecordedEvent): Decoding {
  const view = viewOnDemand(types, event);
  return view ? { status: "decoded", events: [view] } : decodeWith(types, event);
}

/** The one event that is read as itself, not yet parsed; undefined where there is more to decoding than that. */
export function viewOnDemand(types: KnownTypes, event: RecordedEvent): DecodedEvent | undefined {
  const known = types.get(event.type);
  return known?.schema && event.schemaVersion === known.current ? unopenedView(event, known.open) : undefined;
}

/** The same journey with a copy of the payload before and after each step. */
export function upcastWith(types: KnownTypes, event: RecordedEvent): Upcasting {
  const { type } = event;
  const known = types.get(type);
  const unknown = whyUnknown(known, event);
  if (!known || unknown) return unknown ?? { status: "unknown-type", type };
  const steps: UpcastStep[] = [];
  try {
    const forms = travel(types, event, readForm(known, event), (step) => steps.push(step));
    return { status: "decoded", forms, steps };
  } catch (error) {
    return { ...asFailed(error), steps };
  }
}

/** All that a form is read as today. It ends, because `upcasterFaults` names steps that lead back to where they began. */
function travel(types: KnownTypes, event: RecordedEvent, from: ReadForm, onStep?: OnStep): readonly Form[] {
  const { forgotten, ...form } = from;
  const known = types.get(form.type);
  if (!known) return [];
  const oldest = known.steps[0]?.from ?? 0;
  for (let reached: Form = form; ; ) {
    const { schemaVersion, data } = reached;
    const step = known.steps[schemaVersion - oldest];
    if (!step) return [{ type: form.type, schemaVersion, data: validated(known, event, { data, forgotten }) }];
    const before = onStep && structuredClone(reached);
    if ("split" in step) {
      const parts = attempt("upcast", event, () => partsOf(step, data));
      if (before) onStep?.({ before, after: structuredClone(parts) });
      return parts.flatMap((part) => travel(types, event, { ...part, forgotten }, onStep));
    }
    reached = { type: form.type, schemaVersion: step.to, data: attempt("upcast", event, () => step.up(data)) };
    if (before) onStep?.({ before, after: [structuredClone(reached)] });
  }
}

function partsOf({ type, from, into, split }: Split, data: unknown): readonly Form[] {
  const parts = split(data);
  if (parts.length === 0) throw new Error(`${type} version ${from} was read as no event at all`);
  const stray = parts.find((part) => !Object.hasOwn(into, part.type) || into[part.type] !== part.schemaVersion);
  if (!stray) return parts;
  throw new Error(
    `${type} version ${from} does not declare that it becomes ${stray.type} version ${stray.schemaVersion}`,
  );
}

function validated(known: KnownType, event: RecordedEvent, { data, forgotten }: OpenedPayload): unknown {
  const { type, current } = known;
  const schema = forgotten ? known.forgettable() : known.schema;
  const result = schema?.safeParse(data);
  if (result?.success) return result.data;
  const issues = result?.error.issues.map(({ path, message }) => `${path.join(".") || "payload"}: ${message}`);
  throw new DecodeFailed(
    "validate",
    event,
    issues?.slice(0, 5).join("; ") ?? `${type} version ${current} leads nowhere`,
    result?.error,
  );
}

function whyUnknown(known: KnownType | undefined, { type, schemaVersion }: RecordedEvent): NotKnown | undefined {
  if (!known) return { status: "unknown-type", type };
  const oldest = known.steps[0]?.from ?? known.current;
  if (schemaVersion >= oldest && schemaVersion <= known.current) return undefined;
  return { status: "unknown-version", type, schemaVersion, oldest, current: known.current };
}

function parsed(event: RecordedEvent): unknown {
  try {
    return JSON.parse(event.data);
  } catch (error) {
    throw new DecodeFailed("parse", event, error instanceof Error ? error.message : String(error), error);
  }
}

/** A form with whether something in it was forgotten. */
type ReadForm = Form & { readonly forgotten: boolean };

function readForm(known: KnownType, event: RecordedEvent): ReadForm {
  const { type, schemaVersion } = event;
  const { data, forgotten } = known.read(event);
  return { type, schemaVersion, data, forgotten };
}

function opened(event: RecordedEvent, standIn: (place: Place) => unknown): OpenedPayload {
  if (!hasSealed(event.data)) return { data: parsed(event), forgotten: false };
  return attempt("open", event, () => openPayload(event, standIn));
}

function attempt<Result>(stage: DecodeStage, event: RecordedEvent, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw new DecodeFailed(stage, event, error instanceof Error ? error.message : String(error), error);
  }
}

function asFailed(error: unknown): Failed {
  if (error instanceof DecodeFailed) return { status: "failed", stage: error.stage, error };
  throw error;
}
