import { operation } from "@/lib/operations/operation";
import {
  observeSwitch,
  type Switched,
  type SwitchMade,
  switchConsumer,
  switchInput,
} from "@/lib/operations/switch-consumer";
import { stepsAreOver } from "@/lib/processes/run-due";

const common = {
  role: "operator",
  input: switchInput,
  audited: true,
  target: ({ name }: { readonly name: string }) => name,
} as const;

/**
 * Stops a process: no event reaches its instances, no command of it is sent, no timer fires. What is due meanwhile is due
 * at once when it goes on; timers run by the clock all the same.
 */
export const pauseProcess = operation({
  ...{ name: "pause-process", ...common },
  act: (context, { name, reason }, audit) =>
    switchConsumer(context, { kind: "process", state: "paused", name, reason }, audit),
  observe: async (context, _, made: SwitchMade): Promise<Switched> => {
    const [switched, over] = await Promise.all([observeSwitch(context, made), stepsAreOver(context.pool, OBSERVE_MS)]);
    return { ...switched, observed: switched.observed && over };
  },
});

/** Lets a paused process go on from where it is. */
export const resumeProcess = operation({
  ...{ name: "resume-process", ...common },
  act: (context, { name, reason }, audit) =>
    switchConsumer(context, { kind: "process", state: "running", name, reason }, audit),
  observe: (context, _, made) => observeSwitch(context, made),
});

const OBSERVE_MS = 5_000;
