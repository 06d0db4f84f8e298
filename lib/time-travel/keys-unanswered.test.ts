import { expect, test } from "vitest";
import { KeyStoreDown } from "@/lib/keys/errors";
import { createSealing } from "@/lib/privacy/sealing";
import { memberCatalog } from "@/lib/testing/member-domain";
import { createMemoryKeys } from "@/lib/testing/memory-keys";
import { storedEvent } from "@/lib/testing/stored-event";
import { blame } from "@/lib/time-travel/blame";
import { stateMask } from "@/lib/time-travel/mask-state";
import { stateAt, toBeMasked } from "@/lib/time-travel/state-at";
import { stateDiff } from "@/lib/time-travel/state-diff";

const stream = "member-m1";

async function arranged() {
  const keys = createMemoryKeys();
  const catalog = memberCatalog(keys);
  const plain = [
    storedEvent({
      ...{ stream, version: 1, type: "Joined", schemaVersion: 2 },
      data: JSON.stringify({ memberId: "m1", email: "ada@example.org", invitedBy: null }),
    }),
    storedEvent({
      ...{ stream, version: 2, type: "Renamed", data: JSON.stringify({ memberId: "m1", nick: "the first" }) },
    }),
  ];
  const texts = (await createSealing(keys, catalog.personalPaths)?.seal(plain)) ?? [];
  const events = plain.map((event, index) => ({ ...event, data: String(texts[index]) }));
  const store = {
    readStreamToFold: async (_: string, { from, limit }: { from: number; limit: number }) =>
      events.slice(from - 1, from - 1 + limit),
  };
  return { keys, catalog, source: { store, catalog } };
}

test("while the key store does not answer, a state is told but for what is personal, of which nobody can say even whether it was forgotten", async () => {
  const { keys, catalog, source } = await arranged();
  keys.down = true;
  const state = await stateAt(toBeMasked(source), stream);
  expect(state).toMatchObject({ version: 2, foldedEvents: 2, keysAnswered: false });
  const mask = stateMask(catalog, stream, state.keysAnswered);
  const masked = {
    email: expect.stringContaining("does not answer"),
    nick: expect.stringContaining("does not answer"),
  };
  expect(mask.state(state.state)).toEqual(masked);
  const diff = await stateDiff(toBeMasked(source), stream, { version: 0 }, { version: 2 });
  expect(diff.to.keysAnswered).toBe(false);
  expect(JSON.stringify(mask.changes(diff.changes))).not.toMatch(/forgotten|ada|first/);
  const blamed = await blame(toBeMasked(source), stream);
  expect(blamed).toMatchObject({ version: 2, keysAnswered: false });
});

test("whoever needs what is personal is refused meanwhile, and reads it once the key store is back, from the very same events", async () => {
  const { keys, source } = await arranged();
  keys.down = true;
  await stateAt(toBeMasked(source), stream);
  await expect(stateAt(source, stream)).rejects.toBeInstanceOf(KeyStoreDown);
  keys.down = false;
  const whole = { state: { email: "ada@example.org", nick: "the first" }, keysAnswered: true };
  expect(await stateAt(source, stream)).toMatchObject(whole);
  expect(await stateAt(toBeMasked(source), stream)).toMatchObject(whole);
});
