import { TidemarkError } from "@/lib/kernel/errors";
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
  if (ACT === "promote") await pressed(() => promoteRunOperation(context, { id: RUN }));
  else if (ACT === "revert") await pressed(() => revertRunOperation(context, { id: RUN }));
  else await pressed(() => retireGeneration(context, { name: PROJECTION, generation: Number(GENERATION) }));
  await engine.close();
}

/** Does what the console says when an act is held up by others: tries again. */
async function pressed(press: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await press();
      return;
    } catch (error) {
      if (!(error instanceof TidemarkError && error.code === "unavailable") || tries === 10) throw error;
    }
  }
}

act(process.env).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
