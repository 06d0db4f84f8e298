import { z } from "zod";

/** One line of a person's words: no control characters, no broken Unicode. */
function line(max: number) {
  return z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not contain control characters");
}

const absentWhenEmpty = (text: string) => text || undefined;

/** The fields that every operation takes beside its own: who reads the audit later wants to know why. */
export const attributionFields = {
  /** Why, in the operator's words: at most 500 characters. */
  reason: line(500).transform(absentWhenEmpty).optional(),
  /** The incident, change or request it belongs to: at most 100 characters. */
  ticket: line(100).transform(absentWhenEmpty).optional(),
  /** The name of what is acted on, typed by the operator where the store asks for it. */
  confirm: line(512).transform(absentWhenEmpty).optional(),
  /** The hash of the preview that the operator saw and agreed to. */
  approved: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be the hash of a preview: 64 hex digits")
    .optional(),
};

/** For operations that are not done without a reason: give it as the operation's own field `reason`. */
export const requiredReason = line(500).min(1, "say why in a few words");

/** What an operator says about an act, beside what the act needs. */
export type Attribution = {
  readonly reason?: string | undefined;
  readonly ticket?: string | undefined;
  readonly confirm?: string | undefined;
  readonly approved?: string | undefined;
};

/** The operation's own fields, with those of attribution that it does not declare itself. */
export function withAttribution<Input extends z.ZodType>(input: Input): Input {
  if (!(input instanceof z.ZodObject)) return input;
  const missing = Object.entries(attributionFields).filter(([field]) => !(field in input.shape));
  return input.extend(Object.fromEntries(missing)) as unknown as Input;
}

/** Whether an operation asks for a typed name by itself, and checks it. */
export function asksForName(input: z.ZodType): boolean {
  const confirm: unknown = input instanceof z.ZodObject ? input.shape.confirm : undefined;
  return confirm instanceof z.ZodType && !confirm.safeParse(undefined).success;
}

/** Whether an operation with these fields is not done without a reason. */
export function insistsOnReason(input: z.ZodType): boolean {
  const reason: unknown = input instanceof z.ZodObject ? input.shape.reason : undefined;
  return reason instanceof z.ZodType && !reason.safeParse(undefined).success;
}
