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

/** A request whose command and stream are known, with its ids drawn; its input has not been looked at. */
type IdentifiedCommand = Pick<
  PreparedCommand,
  "request" | "stream" | "id" | "commandId" | "correlationId" | "decider"
> & { readonly command: Decider["commands"][string] };

/** Finds the command in the catalog. Throws `NotFound` for an unknown one, `InvalidRequest` for a stream that cannot be. */
export function identifyCommand(catalog: Catalog, request: CommandRequest): IdentifiedCommand {
  const { category, id, command: name } = request;
  const decider = catalog.decider(category);
  // A name from outside may be `constructor`: only the decider's own members are commands.
  const command = decider && Object.hasOwn(decider.commands, name) ? decider.commands[name] : undefined;
  if (!decider || !command) throw new NotFound("command", `${category}/${name}`);
  if (id === "") throw new InvalidRequest("The id is empty.", [{ path: "id", message: "must not be empty" }]);
  return {
    request,
    stream: checkStreamName(`${category}-${id}`),
    id,
    commandId: request.commandId ?? newId(),
    correlationId: request.correlationId ?? newId(),
    decider,
    command,
  };
}

/** Parses the input. Throws `InvalidRequest` when it is not as the command's schema says. */
export function prepareCommand({ command, ...identified }: IdentifiedCommand): PreparedCommand {
  const { request, stream, id } = identified;
  const { category, command: name, idempotencyKey: key } = request;
  const parsed = command.input.safeParse(request.input);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
    throw new InvalidRequest(`The input of ${name} is not as its schema says.`, issues);
  }
  const other = command.other?.(parsed.data, { stream, id });
  return {
    ...identified,
    otherStream: other === undefined ? undefined : checkStreamName(`${category}-${other}`),
    decide: (state, second) => command.decide(state, parsed.data, { stream, id }, second),
    ...(key ? { idempotency: { key, digest: inputDigest(key, category, id, name, request.input) } } : {}),
  };
}
