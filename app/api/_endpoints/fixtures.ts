import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { version } from "@/app/api/_endpoints/parameters";
import { captureFixture } from "@/lib/fixtures/capture-fixture";
import { checkFixture } from "@/lib/operations/check-fixture";

/** A stream as a fixture. */
export const captureFixtureEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/fixture",
  summary:
    "A stream as a golden fixture: its events with stand-ins for personal data, and what today's code makes of them",
  role: "viewer",
  query: z.strictObject({ to: version.optional().describe("The last version to take") }),
  handle: async ({ tidemark, path, query }) => json(await captureFixture(tidemark, path.stream ?? "", query.to)),
});

/** A fixture, replayed. */
export const verifyFixtureEndpoint = endpoint({
  path: "/api/v1/{store}/fixtures/verify",
  summary:
    "Replay a fixture with the code that runs: `same`, `different` with each value, or `failed`. Nothing is stored",
  operation: checkFixture,
  body: z.unknown(),
  handle: async (call) => json(await checkFixture(operationContext(call), { fixture: call.body })),
});
