import { z } from "zod";
import { parseFixture } from "@/lib/fixtures/fixture";
import { verifyFixture } from "@/lib/fixtures/verify-fixture";
import { operation } from "@/lib/operations/operation";

/** Replays a fixture with the code that runs. It needs no audit: nothing is stored. Throws `InvalidRequest`. */
export const checkFixture = operation({
  name: "check-fixture",
  role: "viewer",
  input: z.object({ fixture: z.unknown() }),
  audited: false,
  target: () => null,
  act: async ({ catalog }, { fixture }) => verifyFixture(catalog, parseFixture(fixture)),
  observe: async (_, __, verdict) => verdict,
});
