import { newId } from "@/lib/kernel/ids";
import { retireGeneration } from "@/lib/operations/rebuild-projection";
import { promoteRunOperation, revertRunOperation } from "@/lib/operations/steer-run";
import { readConfig } from "@/lib/runtime/config";
import { openTidemark } from "@/lib/runtime/tidemark";

/**
 * One act of an operator in a process of its own, so that it can be killed in the middle of it: `ACT` is `promote` or
 * `revert` with the run in `RUN`, or `retire` with `PROJECTION` and `GENERATION`. Ends with 0 when it was answered.
 */
async function act({ ACT, RUN = "", PROJECTION = "", GENERATION = "" }: NodeJS.ProcessEnv): Promise<void> {
  const engine = await openTidemark(readConfig(), "console");
  const principal = { id: "operator", role: "operator", via: "token" } as const;
  const context = { ...engine, principal, requestId: newId() };
  if (ACT === "promote") await promoteRunOperation(context, { id: RUN });
  else if (ACT === "revert") await revertRunOperation(context, { id: RUN });
  else await retireGeneration(context, { name: PROJECTION, generation: Number(GENERATION) });
  await engine.close();
}

act(process.env).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
