/**
 * The words a domain is written in. A domain folder imports this file, zod, and nothing else of the engine:
 * events, upcasters, one decider a category, projections, and a module that names them. Long because it is the one page
 * that whoever writes a domain has to know.
 */
import type { z } from "zod";
import type { Process } from "@/lib/define-process";

/** An event as a decider returns it, before it is stored. */
export type DomainEvent<Type extends string = string, Data = unknown> = {
  readonly type: Type;
  readonly schemaVersion: number;
  readonly data: Data;
};

/** An event as projections and `evolve` see it: brought to the current schema version and validated. */
export type DecodedEvent<Type extends string = string, Data = unknown> = DomainEvent<Type, Data> & {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly position: bigint;
  /** Its place, from 0, among the events that one stored event is read as; what is done once an event goes by id and index. */
  readonly index: number;
  readonly recordedAt: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly actor: string | null;
  readonly tenant: string | null;
  /**
   * Stands for a value of a person, to be kept in a read model in its place: the same value of the same person gives the same text,
   * and once the person is forgotten nobody can tell what it stood for. Null where the event has nothing sealed for them (any more).
   */
  readonly lookupHash: (subject: string, value: string | number | boolean) => string | null;
};

type Schemas = Readonly<Record<string, readonly [schemaVersion: number, schema: z.ZodType]>>;

/** A callable that makes one type of event, with its current version and schema at hand. */
type EventType<Type extends string = string, Schema extends z.ZodType = z.ZodType> = {
  (data: z.output<Schema>): DomainEvent<Type, z.output<Schema>>;
  readonly type: Type;
  readonly schemaVersion: number;
  readonly schema: Schema;
};

/** The event types of a domain, by name. */
export type EventTypes<S extends Schemas = Schemas> = {
  readonly [Type in keyof S & string]: EventType<Type, S[Type][1]>;
};

/** The payload of one type out of a set of event types. */
type DataOf<T> = T extends EventType<string, infer Schema> ? z.output<Schema> : never;

/** Declares event types: name → [current schema version, schema of its payload]. */
export function defineEvents<const S extends Schemas>(schemas: S): EventTypes<S> {
  const types = Object.entries(schemas).map(([type, [schemaVersion, schema]]) => {
    const make = (data: unknown) => ({ type, schemaVersion, data });
    return [type, Object.assign(make, { type, schemaVersion, schema })];
  });
  return Object.fromEntries(types) as EventTypes<S>;
}

/** What a personal text reads as once the person was forgotten. It passes every schema, whatever form that asks for. */
export const FORGOTTEN = "[forgotten]";

/** What `personal` notes on a schema: whose data the field is, as the path of the subject's id in the same payload. */
type PersonalMark = { readonly personal: true; readonly subject: string; readonly forgotten?: unknown };

/**
 * Marks a field as personal data of the subject whose id stands at `subject` in the same payload. It is sealed under that
 * subject's key before it is stored, and the console masks it. Once the subject is forgotten it reads as `FORGOTTEN`; a
 * field that takes no text says in `forgotten` what it reads as.
 */
export function personal<Schema extends z.ZodType>(
  schema: Schema,
  subject: string,
  ...forgotten: readonly [] | readonly [z.output<Schema>]
): Schema {
  const mark: PersonalMark = { personal: true, subject, ...(forgotten.length > 0 ? { forgotten: forgotten[0] } : {}) };
  return schema.meta(mark) as Schema;
}

/** Says that a field is about no person although its name sounds so, and why. It is stored as it is, and never forgotten. */
export function notPersonal<Schema extends z.ZodType>(schema: Schema, reason: string): Schema {
  return schema.meta({ notPersonal: reason }) as Schema;
}

/** One step of a payload from schema version `from` to `to` = `from` + 1; pure, and never run on its own output. */
export type Upcaster = {
  readonly type: string;
  readonly from: number;
  readonly to: number;
  /** Personal fields of the old form that the new one names otherwise: path → path of the subject's id. */
  readonly personal?: Readonly<Record<string, string>>;
  readonly up: (data: unknown) => unknown;
};

/**
 * One stored form that is read as several events, of its own type or of others. The type it stands for may be retired: it
 * then has no schema of today, and every one of its forms leads to a split.
 */
export type Split = {
  readonly type: string;
  readonly from: number;
  /** Every form that it may become, by type and the schema version written here: newer versions are then a matter of upcasters. */
  readonly into: Readonly<Record<string, number>>;
  readonly personal?: Readonly<Record<string, string>>;
  readonly split: (data: unknown) => readonly DomainEvent[];
};

/** One step from an old form to a newer one. */
export type FormStep = Upcaster | Split;

/** Declares an upcaster. `up` must not depend on anything but its argument. */
export function defineUpcaster<Old, New>(step: {
  readonly type: string;
  readonly from: number;
  readonly to: number;
  readonly personal?: Readonly<Record<string, string>>;
  readonly up: (data: Old) => New;
}): Upcaster {
  return { ...step, up: (data) => step.up(data as Old) };
}

/**
 * Declares a split. `split` must not depend on anything but its argument, returns at least one event, in the order in which
 * they are to be read, and names type and version of each itself, never through a callable that makes today's version.
 */
export function defineSplit<Old>(step: {
  readonly type: string;
  readonly from: number;
  readonly into: Readonly<Record<string, number>>;
  readonly personal?: Readonly<Record<string, string>>;
  readonly split: (data: Old) => readonly DomainEvent[];
}): Split {
  return { ...step, split: (data) => step.split(data as Old) };
}

/** A decision's no: an answer with a stable code, not a fault. */
export type Rejection = { readonly rejected: true; readonly code: string; readonly message: string };

/** Says no. `code` is stable and dotted (`order.already-shipped`), `message` tells a person what to do instead. */
export function reject(code: string, message: string): Rejection {
  return { rejected: true, code, message };
}

/** Events for two streams, the command's own and the other one it named: both sides are stored, or neither. */
export type Joint = { readonly here: readonly DomainEvent[]; readonly there: readonly DomainEvent[] };

/** Records one event in the command's own stream and one in the other, as one atomic append. */
export function both(here: DomainEvent, there: DomainEvent): Joint {
  return { here: [here], there: [there] };
}

/** What a decision may return: one event, several, none (nothing to record), one on each side, or a rejection. */
export type Decision = DomainEvent | readonly DomainEvent[] | Joint | Rejection;

/**
 * A command of a decider: the schema of its input, and the pure decision on a state. With `other`, the decision is given
 * the state of a second stream of the same category, too, and holds only while neither stream has moved on.
 */
export type Command<State, Input extends z.ZodType = z.ZodType> = {
  readonly description: string;
  readonly input: Input;
  /** The id of the second stream. */
  readonly other?: (input: z.output<Input>, stream: StreamRef) => string;
  readonly decide: (state: State, input: z.output<Input>, stream: StreamRef, other?: State) => Decision;
};

/** The stream a decision is about: its whole name and the id within its category. */
export type StreamRef = { readonly stream: string; readonly id: string };

/**
 * When the states of a category's streams are put aside as snapshots: at every so many events, or once loading a stream
 * took longer than so many milliseconds. A snapshot only saves time; without a policy every state is folded anew.
 */
export type SnapshotPolicy = { readonly every: number } | { readonly slowerThanMs: number };

/** What a category's snapshots and its screens need to know of its state; all of it may be left out. */
type StateTraits = {
  readonly snapshots?: SnapshotPolicy;
  /**
   * 1 when absent. Raise it whenever `evolve` or an upcaster makes another state of the same events: snapshots of the old
   * one are then passed over. Changes of schemas, types and versions are seen without it.
   */
  readonly stateVersion?: number;
  /** Where personal data stands in the state: dotted paths, `*` for each array element or key. The console masks it. */
  readonly personal?: readonly string[];
};

type Evolve<State, Types extends EventTypes> = {
  readonly [Type in keyof Types & string]: (state: State, data: DataOf<Types[Type]>, event: DecodedEvent) => State;
};

/** How the streams of one category behave: their state, how events change it, and what may be asked of them. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds deciders of every state; each one is typed where it is defined.
export type Decider<State = any> = StateTraits & {
  readonly category: string;
  readonly events: EventTypes;
  readonly initialState: () => State;
  readonly evolve: Readonly<Record<string, (state: State, data: never, event: DecodedEvent) => State>>;
  readonly commands: Readonly<Record<string, Command<State>>>;
};

/**
 * Declares a command where its decider is spread over files: annotate `decide`'s state, the input's type follows from
 * its schema. `decide` is pure; times and ids come in through the input.
 */
export function command<State, Input extends z.ZodType>(definition: Command<State, Input>): Command<State> {
  return definition as unknown as Command<State>;
}

/**
 * Declares a command that decides over two streams of one category. `decide` sees both states; it answers with `both`,
 * with a rejection, or with nothing. If either stream has moved on meanwhile, the whole is loaded and decided anew.
 */
export function jointCommand<State, Input extends z.ZodType>(definition: {
  readonly description: string;
  readonly input: Input;
  readonly other: (input: z.output<Input>, stream: StreamRef) => string;
  readonly decide: (
    state: State,
    other: State,
    input: z.output<Input>,
    stream: StreamRef,
  ) => Joint | Rejection | readonly [];
}): Command<State> {
  const { description, input, other } = definition;
  return command({
    description,
    input,
    other,
    decide: (state: State, given, stream, second) => {
      if (second === undefined) throw new Error("A decision over two streams needs the state of both.");
      return definition.decide(state, second, given, stream);
    },
  });
}

/** Declares a decider. Curried so that the state's type is given once and all else is inferred. */
export function defineDecider<State>() {
  return <Types extends EventTypes>(
    definition: StateTraits & {
      readonly category: string;
      readonly events: Types;
      readonly initialState: () => State;
      readonly evolve: Evolve<State, Types>;
      readonly commands: Readonly<Record<string, Command<State>>>;
    },
  ): Decider<State> => definition as unknown as Decider<State>;
}

/** The SQL types a read model's column may have, and what they are in TypeScript. Money is whole cents in `bigint`. */
type ColumnTypes = {
  text: string;
  integer: number;
  bigint: number;
  boolean: boolean;
  timestamptz: string;
  date: string;
  json: unknown;
};

/** Columns of a read model: name → SQL type; a trailing `?` makes a column nullable. Column names are snake_case. */
export type Columns = Readonly<Record<string, keyof ColumnTypes | `${keyof ColumnTypes}?`>>;

/** The row type of a set of columns. */
export type RowOf<C extends Columns> = {
  -readonly [Name in keyof C]: C[Name] extends `${infer T extends keyof ColumnTypes}?`
    ? ColumnTypes[T] | null
    : C[Name] extends keyof ColumnTypes
      ? ColumnTypes[C[Name]]
      : never;
};

/** What both styles of projection share. */
type ProjectionBase = {
  readonly name: string;
  /** Raise it to build the read model anew; it fills from the start of the log. */
  readonly version: number;
  readonly description: string;
  readonly events: EventTypes;
  readonly columns: Columns;
  /** `inline` runs in the append's own transaction: never behind, and a failure refuses the append. */
  readonly mode: "async" | "inline";
  /** How many workers may share it; more than 1 only where each row belongs to one stream. */
  readonly partitions: number;
  /** The staleness objective, in milliseconds. */
  readonly sloMs: number;
  /** What an async projection does with an event that it cannot apply. */
  readonly onFailure: OnFailure;
};

/**
 * What becomes of an event that a projection cannot apply, after it was tried a few times. `park-stream`: it is set aside
 * with the later events of its stream, in order. `park-event`: it is set aside alone, and the order within its stream is
 * given up. `stop`: nothing passes it.
 */
export type OnFailure = "park-stream" | "park-event" | "stop";

/** A projection whose rows are folds: loaded by key, folded in memory over a whole batch, written once. */
export type FoldProjection = ProjectionBase & {
  readonly style: "fold";
  /** Whether it asks its events for their context. */
  readonly context: boolean;
  readonly key: (event: DecodedEvent) => string | readonly string[] | null;
  readonly initial: (key: string) => Readonly<Record<string, unknown>>;
  readonly evolve: Readonly<
    Record<
      string,
      (
        row: Readonly<Record<string, unknown>>,
        event: DecodedEvent,
        key: string,
      ) => Readonly<Record<string, unknown>> | null
    >
  >;
};

/** The transaction a handler projection writes in; the checkpoint moves in the same one. */
export type ReadModelTransaction = {
  /** The quoted, schema-qualified table of the generation being written. */
  readonly table: string;
  readonly query: <Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
};

/** A projection that writes by SQL of its own, event by event. Its table has `columns` and the primary key `primaryKey`. */
export type HandlerProjection = ProjectionBase & {
  readonly style: "handler";
  readonly primaryKey: readonly string[];
  readonly on: Readonly<Record<string, (tx: ReadModelTransaction, event: DecodedEvent) => Promise<unknown>>>;
};

/** A consumer that writes a read model. */
export type Projection = FoldProjection | HandlerProjection;

/** An event of one type out of a set. */
export type EventOf<Types extends EventTypes, Type extends keyof Types & string> = DecodedEvent<
  Type,
  DataOf<Types[Type]>
>;
/** What a fold is only given when it says `context: true`: a long history is read much faster without it. */
type Context = "correlationId" | "causationId" | "actor";

/** An event of one type as a fold is given it. */
type FoldEvent<Types extends EventTypes, Type extends keyof Types & string, InContext> = InContext extends true
  ? EventOf<Types, Type>
  : Omit<EventOf<Types, Type>, Context>;
/** Any of them. */
type AnyFoldEvent<Types extends EventTypes, InContext> = {
  [Type in keyof Types & string]: FoldEvent<Types, Type, InContext>;
}[keyof Types & string];

/** Any event of a set of event types. */
export type AnyEventOf<Types extends EventTypes> = {
  [Type in keyof Types & string]: EventOf<Types, Type>;
}[keyof Types & string];
type Defaults = {
  readonly mode?: "async" | "inline";
  readonly partitions?: number;
  readonly sloMs?: number;
  readonly onFailure?: OnFailure;
};

const defaults = { mode: "async", partitions: 1, sloMs: 10_000, onFailure: "park-stream" } as const;

/**
 * Declares a fold projection. The table has the columns plus `key` (text, primary key), `version` of the last event
 * folded and its `position`. `evolve` returns the new row, or null to delete it. Only the types in `evolve` are read.
 */
export function defineFold<Types extends EventTypes, const C extends Columns, const InContext extends boolean = false>(
  definition: Defaults & {
    readonly name: string;
    readonly version: number;
    readonly description: string;
    readonly events: Types;
    readonly columns: C;
    /** Whether it asks its events who caused them: for `correlationId`, `causationId` or `actor`. */
    readonly context?: InContext;
    readonly key: (event: AnyFoldEvent<Types, InContext>) => string | readonly string[] | null;
    readonly initial: (key: string) => RowOf<C>;
    readonly evolve: {
      readonly [Type in keyof Types & string]?: (
        row: RowOf<C>,
        event: FoldEvent<Types, Type, InContext>,
        key: string,
      ) => RowOf<C> | null;
    };
  },
): FoldProjection {
  return { ...defaults, context: false, ...definition, style: "fold" } as unknown as FoldProjection;
}

/**
 * The key of a fold whose rows are one a stream: `key: ownStream`. It tells the engine that a row needs the events of its
 * own stream and no others, so that a part of such a read model can be rebuilt.
 */
export const ownStream = Object.assign(({ stream }: { readonly stream: string }): string => stream, {
  // Told by the mark and not by the function: a bundle may hold this file twice.
  ofOneStream: true as const,
});

/** Whether each row of a projection is made of the events of the stream it is named after, and of no others. */
export function isOfOneStream(projection: Projection): boolean {
  return projection.style === "fold" && "ofOneStream" in projection.key;
}

/** Declares a handler projection. Only the types in `on` are read. */
export function defineHandler<Types extends EventTypes, const C extends Columns>(
  definition: Defaults & {
    readonly name: string;
    readonly version: number;
    readonly description: string;
    readonly events: Types;
    readonly columns: C;
    readonly primaryKey: readonly (keyof C & string)[];
    readonly on: {
      readonly [Type in keyof Types & string]?: (
        tx: ReadModelTransaction,
        event: EventOf<Types, Type>,
      ) => Promise<unknown>;
    };
  },
): HandlerProjection {
  return { ...defaults, ...definition, style: "handler" } as unknown as HandlerProjection;
}

/**
 * A form of an event type that has been released: events in it may be stored anywhere, for ever. The schema is a JSON
 * Schema in one way of writing it, the fingerprint tells it from every other.
 */
export type ReleasedSchema = {
  readonly type: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly schema: Readonly<Record<string, unknown>>;
};

/** Something that must hold of a read model at every moment: what a column adds up to over all rows. */
type Invariant = {
  readonly name: string;
  readonly description: string;
  /** The projection whose read model is asked. */
  readonly projection: string;
  /** A column of it, of type integer or bigint. */
  readonly sumOf: string;
  readonly equals: number;
};

/** One domain: everything the engine needs to know of it. */
export type DomainModule = {
  readonly name: string;
  readonly description: string;
  readonly events: EventTypes;
  readonly upcasters: readonly FormStep[];
  readonly deciders: readonly Decider[];
  readonly projections: readonly Projection[];
  readonly processes?: readonly Process[];
  /** What the console checks, and shows. */
  readonly invariants?: readonly Invariant[];
};

/** Declares a domain module. */
export function defineModule(definition: DomainModule): DomainModule {
  return definition;
}
