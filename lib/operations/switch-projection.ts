import { operation } from "@/lib/operations/operation";
import { observeSwitch, switchConsumer, switchInput } from "@/lib/operations/switch-consumer";

const common = {
  role: "operator",
  input: switchInput,
  audited: true,
  target: ({ name }: { readonly name: string }) => name,
} as const;

/** Stops a projection before its next batch; its read model keeps answering, as of then. */
export const pauseProjection = operation({
  ...{ name: "pause-projection", ...common },
  act: (context, { name, reason }, audit) =>
    switchConsumer(context, { kind: "projection", state: "paused", name, reason }, audit),
  observe: (context, _, made) => observeSwitch(context, made),
});

/** Lets a paused projection go on from its checkpoint. */
export const resumeProjection = operation({
  ...{ name: "resume-projection", ...common },
  act: (context, { name, reason }, audit) =>
    switchConsumer(context, { kind: "projection", state: "running", name, reason }, audit),
  observe: (context, _, made) => observeSwitch(context, made),
});
