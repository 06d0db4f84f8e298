import type pg from "pg";
import type { z } from "zod";
import { hasRole, type Principal, type Role } from "@/lib/access/principal";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Commands } from "@/lib/commands/handle";
import type { ReadDatabase } from "@/lib/db/read-database";
import { isRetryable } from "@/lib/db/unavailable";
import type { EventStore, InlineConsumers } from "@/lib/event-store/store";
import { type ErrorCode, InvalidRequest, TidemarkError, Unavailable } from "@/lib/kernel/errors";
import type { StoreSafety } from "@/lib/kernel/store-safety";
import type { KeyStore } from "@/lib/keys/key-store";
import { type Attribution, asksForName, insistsOnReason, withAttribution } from "@/lib/operations/attribution";
import { type Audit, auditDone, auditRefused } from "@/lib/operations/audit";
import { meetDemand } from "@/lib/operations/meet-demand";
import { hashOf, PreviewChanged, type Previewed } from "@/lib/operations/preview";
import type { Sealing } from "@/lib/privacy/sealing";
import type { RunKind } from "@/lib/runs/run";
import type { Snapshots } from "@/lib/snapshots/snapshots";
import type { Consumer } from "@/lib/subscriptions/consumer";

export type { Audit } from "@/lib/operations/audit";

/** What operations work with, and who asks. `requestId` ties the audit entry to the answer. */
export type OperationContext = {
  readonly pool: pg.Pool;
  readonly reads: ReadDatabase;
  readonly store: EventStore;
  readonly catalog: Catalog;
  readonly commands: Commands;
  readonly inline: InlineConsumers;
  /** Seals personal fields of what is imported; undefined where nothing is sealed. Not optional: who forgot it would store them as they come. */
  readonly sealing: Sealing | undefined;
  readonly runKinds: readonly RunKind[];
  /** The consumers as this process's code has them, for dry runs. */
  readonly consumers: readonly Consumer[];
  /** Names this process's build. */
  readonly build: string;
  readonly snapshots: Snapshots;
  /** Bytes free where the database lives, null when they cannot be seen; absent where nobody can look. */
  readonly diskFree?: () => Promise<number | null>;
  /** The keys of personal fields; null where there is no key store. */
  readonly keys: KeyStore | null;
  /** What this store asks for before grave acts. */
  readonly safety: StoreSafety;
  /** Whether what cannot be taken back needs a second person; by the store's safety when absent. */
  readonly twoPersons?: boolean | undefined;
  readonly principal: Principal;
  readonly requestId: string;
  readonly signal?: AbortSignal;
};

/** The end of an act whose transaction is all of its effect; made by `committed`. */
class Committed<Answer> {
  constructor(
    readonly why: string,
    readonly answer: Answer,
  ) {}
}

/**
 * Answers for an act of which nothing is left to be seen once it is committed; `why` says what makes that so. Acts that
 * somebody else carries out look for the effect instead, and say whether it was `observed`.
 */
export function committed<Answer>(why: string, answer: Answer): Committed<Answer> {
  return new Committed(why, answer);
}

/** How an audited act may end: nothing is called done that was only asked for. */
type Seen = Committed<unknown> | { readonly observed: boolean };

type AnswerOf<Observed> = Observed extends Committed<infer Answer> ? Answer : Observed;

/**
 * An act of an operator. `act` carries it out and audits it in the same transaction; `observe` then waits until the effect
 * is seen and returns the answer, or says why the transaction was all (`committed`). `audited: false` is for acts that the
 * log itself records with their actor.
 */
type OperationDefinition<Input extends z.ZodType, Acted, Observed, Preview> = {
  readonly name: string;
  readonly role: Role;
  /** Who is let in without that role, for some of what it acts on: `act` refuses the rest. */
  readonly alsoFor?: Role;
  /** The operation's own fields; `reason`, `ticket`, `confirm` and `approved` are taken beside them. */
  readonly input: Input;
  readonly audited: boolean;
  /** What it acts on, as the audit is searched: a name or an id; null where there is only one. */
  readonly target: (input: z.output<Input>) => string | null;
  /** What is typed to confirm it where the store asks for that; the target, or its own name, when absent. */
  readonly typed?: (input: z.output<Input>) => string;
  /** What it would do now, JSON-safe. With it, the act is done only as approved. */
  readonly preview?: (context: OperationContext, input: z.output<Input>) => Promise<Preview>;
  /** The part of a preview that must still hold when the act is done; all of it when absent. Leave out what always moves. */
  readonly frozen?: (preview: Preview) => unknown;
  /** `optional`: without `approved`, what would happen now is done. Otherwise it is refused with the preview. */
  readonly approval?: "required" | "optional";
  readonly act: (
    context: OperationContext,
    input: z.output<Input> & Attribution,
    audit: Audit,
    preview: Preview,
  ) => Promise<Acted>;
  readonly observe: (context: OperationContext, input: z.output<Input>, acted: Acted) => Promise<Observed>;
};

/** The door of an operation: throws `forbidden` for those who may not do it, and has that audited. */
export type Guarded = {
  readonly operationName: string;
  readonly role: Role;
  /** Whether its own entry tells of it in the audit; else the log does, or there is nothing to tell. */
  readonly audited: boolean;
  /** Whether it is done only with a reason. */
  readonly needsReason: boolean;
  /** Whether the name of what it acts on must be typed. */
  readonly needsName: boolean;
  /** Whether it is done only as its preview was approved. */
  readonly needsApproval: boolean;
  readonly authorise: (context: OperationContext, target: string | null) => Promise<void>;
};

/** An operation that can be called: it throws `forbidden`, `InvalidRequest`, `PreviewChanged`, and what its act throws. */
export type Operation<Input extends z.ZodType, Result, Preview> = Guarded & {
  (context: OperationContext, input: z.input<Input> & Attribution): Promise<Result>;
  /** What it would do, and the hash that approves it. Needs the operation's role; is not audited. */
  readonly preview: (context: OperationContext, input: z.input<Input> & Attribution) => Promise<Previewed<Preview>>;
};

/** An audited act: what it did is seen, or its commit was all there is to see. */
export function operation<Input extends z.ZodType, Acted, Observed extends Seen, Preview = undefined>(
  definition: OperationDefinition<Input, Acted, Observed, Preview> & { readonly audited: true },
): Operation<Input, AnswerOf<Observed>, Preview>;
/** An act that the log itself records. */
export function operation<Input extends z.ZodType, Acted, Result, Preview = undefined>(
  definition: OperationDefinition<Input, Acted, Result, Preview> & { readonly audited: false },
): Operation<Input, Result, Preview>;
/**
 * Wraps an act in the only order in which acts are done: authorise, parse, ask for what the store asks for, check the approval, act
 * and audit as one, observe.
 */
export function operation<Input extends z.ZodType, Acted, Observed, Preview = undefined>(
  definition: OperationDefinition<Input, Acted, Observed, Preview>,
): Operation<Input, AnswerOf<Observed>, Preview> {
  const { name, role, alsoFor = role, audited } = definition;
  const schema = withAttribution(definition.input);

  const attemptOf = (
    { pool, store, principal, requestId }: OperationContext,
    given: unknown,
    target: string | null,
  ) => ({
    ...{ pool, store, principal, requestId, operation: name, target },
    attribution: audited ? (given as Attribution) : {},
  });

  const authorise = async (context: OperationContext, target: string | null): Promise<void> => {
    if (hasRole(context.principal, role) || hasRole(context.principal, alsoFor)) return;
    const message = `${name} needs the role ${role}; ${context.principal.id} does not have it.`;
    const refusal = new TidemarkError("forbidden", message, { needed: role });
    await auditRefused(attemptOf(context, {}, target), refusal);
    throw refusal;
  };

  const preview = async (context: OperationContext, given: unknown): Promise<Previewed<Preview>> => {
    await authorise(context, null);
    return previewOf(definition, context, parse(name, schema, given));
  };

  const run = async (context: OperationContext, given: z.input<Input> & Attribution): Promise<AnswerOf<Observed>> => {
    await authorise(context, null);
    const input = parse(name, schema, given);
    const target = definition.target(input);
    const attempt = attemptOf(context, input, target);
    let entries = 0;
    const audit: Audit = async (client, note) => {
      entries += 1;
      await auditDone(client, attempt, note);
    };
    const typed = asksForName(definition.input) ? undefined : (definition.typed?.(input) ?? target ?? name);
    try {
      meetDemand(context.safety, { name, typed, said: input });
      const approved = await approvedPreview(definition, context, input);
      const act = () => definition.act(context, input, audit, approved);
      const acted = await (audited ? withoutDeadlock(name, act) : act());
      if (audited && entries === 0) throw new TidemarkError("internal", `${name} acted without an audit entry.`);
      const seen = await definition.observe(context, input, acted);
      return (seen instanceof Committed ? seen.answer : seen) as AnswerOf<Observed>;
    } catch (error) {
      // Also what was ordered and then seen not to happen: the audit has both.
      if (audited && isRefusal(error)) await auditRefused(attempt, error);
      throw error;
    }
  };
  const needsApproval = definition.preview !== undefined && definition.approval !== "optional";
  const needsReason = insistsOnReason(definition.input);
  const needsName = asksForName(definition.input);
  const needs = { needsReason, needsName, needsApproval };
  return Object.assign(run, { operationName: name, role, audited, ...needs, authorise, preview });
}

const TRIES_MAX = 4;

/**
 * Does an act again that the server gave up because it and others waited for each other in a circle. That act and its audit
 * entry are one transaction, so nothing of it has happened. Throws `Unavailable` when it meets that too often.
 */
async function withoutDeadlock<Acted>(name: string, act: () => Promise<Acted>): Promise<Acted> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (tries === TRIES_MAX) {
        throw new Unavailable(`Others stood in the way of ${name}. Nothing has changed; try again.`, error);
      }
    }
  }
}

function parse<Input extends z.ZodType>(name: string, schema: Input, given: unknown): z.output<Input> & Attribution {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data as z.output<Input> & Attribution;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  throw new InvalidRequest(`${name}: ${issues[0]?.path} ${issues[0]?.message}`, issues);
}

/** The part of a definition that is about its preview. */
type Foreseen<Input extends z.ZodType, Preview> = Pick<
  OperationDefinition<Input, never, unknown, Preview>,
  "name" | "preview" | "frozen" | "approval"
>;

async function previewOf<Input extends z.ZodType, Preview>(
  { name, preview: look, frozen }: Foreseen<Input, Preview>,
  context: OperationContext,
  input: z.output<Input> & Attribution,
): Promise<Previewed<Preview>> {
  if (!look) throw new TidemarkError("internal", `${name} has no preview.`);
  const preview = await look(context, input);
  // Why it is done, what was approved and what was typed to confirm it say nothing about what would be done.
  const { reason: _, ticket: __, approved: ___, confirm: ____, ...own } = input;
  return { preview, hash: hashOf(name, own, frozen ? frozen(preview) : preview) };
}

/** The preview as of now, when it is the one that was approved. Throws `PreviewChanged`. */
async function approvedPreview<Input extends z.ZodType, Preview>(
  definition: Foreseen<Input, Preview>,
  context: OperationContext,
  input: z.output<Input> & Attribution,
): Promise<Preview> {
  if (!definition.preview) return undefined as Preview;
  const now = await previewOf(definition, context, input);
  const unseen = input.approved === undefined && definition.approval === "optional";
  if (input.approved !== now.hash && !unseen) throw new PreviewChanged(definition.name, input.approved, now);
  return now.preview;
}

const NO_REFUSAL: ReadonlySet<ErrorCode> = new Set(["internal", "unavailable", "not-yet"]);

/** A no on purpose. A fault is no refusal: nobody decided it. */
function isRefusal(error: unknown): error is TidemarkError {
  return error instanceof TidemarkError && !NO_REFUSAL.has(error.code);
}
