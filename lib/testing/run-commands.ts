import type { Decider, DomainEvent } from "@/lib/define";
import { foldAll } from "@/lib/testing/scenario";

/** Sends commands one after another to one stream, as random tests do; rejections leave it as it was. */
export function runCommands<State>(
  decider: Decider<State>,
  commands: readonly { readonly name: string; readonly input: unknown }[],
): { readonly states: readonly State[]; readonly events: readonly DomainEvent[] } {
  const events: DomainEvent[] = [];
  const states: State[] = [];
  for (const { name, input } of commands) {
    const command = decider.commands[name];
    if (!command) throw new Error(`${decider.category} has no command ${name}.`);
    const stream = { stream: `${decider.category}-42`, id: "42" };
    const decision = command.decide(foldAll(decider, events), command.input.parse(input), stream);
    if ("here" in decision) throw new Error(`${name} decides over two streams.`);
    if (!("rejected" in decision)) events.push(...("type" in decision ? [decision] : decision));
    states.push(foldAll(decider, events));
  }
  return { states, events };
}
