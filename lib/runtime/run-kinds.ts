import { verifyLog } from "@/lib/runs/kinds/verify-log";
import type { RunKind } from "@/lib/runs/run";

/** Every kind of long job that this installation knows. Workers carry them out; the console offers their acts. */
export const runKinds: readonly RunKind[] = [verifyLog];
