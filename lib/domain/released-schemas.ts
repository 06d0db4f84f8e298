import type { ReleasedSchema } from "@/lib/define";
import released from "./released-schemas.json";

/** Every version of every event type that was ever released, in the order of types and versions. Lines are only ever added. */
export const releasedSchemas: readonly ReleasedSchema[] = released;
