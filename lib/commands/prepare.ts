import type { Catalog } from "@/lib/catalog/catalog";
import type { CommandRequest } from "@/lib/commands/command";
import { inputDigest } from "@/lib/commands/input-digest";
import type { Decider, Decision, StreamRef } from "@/lib/define";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import { checkStreamName } from "@/lib/kernel/stream-name";

/** A request that has been checked: its decider found, its input parsed, its ids drawn. */
export type PreparedCommand = StreamRef & {
  readonly request: CommandRequest;
  readonly commandId: string;
  readonly correlationId: string;
  readonly decider: Decider;
  /** The second stream of a command that decides over two. */
  readonly otherStream: string | undefined;
  /** Decides on a state of `decider`, and on that of the second stream where there is one. */
  readonly decide: (state: unknown, other?: unknown) => Decision;
  /** Present when the request has an idempotency key. */
  readonly idempotency?: { readonly key: string; readonly digest: string };
};

/** Checks a request against the catalog. Throws `NotFound` for an unknown command, `InvalidRequest` for its name or input. */
export function prepareCommand(catalog: Catalog, request: CommandRequest): PreparedCommand {
  const { category, id, command: name, idempotencyKey: key } = request;
  const decider = catalog.decider(category);
  // A name from outside may be `constructor`: only the decider's own members are commands.
  const command = decider && Object.hasOwn(decider.commands, name) ? decider.commands[name] : undefined;
  if (!decider || !command) throw new NotFound("command", `${category}/${name}`);
  if (id === "") throw new InvalidRequest("The id is empty.", [{ path: "id", message: "must not be empty" }]);

  const stream = checkStreamName(`${category}-${id}`);
  const parsed = command.input.safeParse(request.input);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
    throw new InvalidRequest(`The input of ${name} is not as its schema says.`, issues);
  }
  const other = command.other?.(parsed.data, { stream, id });
  return {
    request,
    stream,
    id,
    commandId: request.commandId ?? newId(),
    correlationId: request.correlationId ?? newId(),
    decider,
    otherStream: other === undefined ? undefined : checkStreamName(`${category}-${other}`),
    decide: (state, second) => command.decide(state, parsed.data, { stream, id }, second),
    ...(key ? { idempotency: { key, digest: inputDigest(key, category, id, name, request.input) } } : {}),
  };
}
