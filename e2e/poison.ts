import { type APIRequestContext, expect } from "@playwright/test";
import { instance } from "./instance";

const headers = { authorization: `Bearer ${instance.token}` };
const api = (path: string) => `${instance.url}/api/v1/local${path}`;

type Cause = { readonly group: string; readonly count: number; readonly parked: number };

/** The causes of dead letters, as the API lists them. */
export async function causes(request: APIRequestContext): Promise<readonly Cause[]> {
  const answer = await request.get(api("/dead-letters?by=cause"), { headers });
  return (await answer.json()).groups;
}

/** A cause of dead letters to look at: the one that is there, or that of poison that is sent now. */
export async function someCause(request: APIRequestContext): Promise<string> {
  const [known] = await causes(request);
  if (known) return known.group;
  await request.post(api("/traffic/poison"), { headers, data: { events: 3 } });
  await expect.poll(async () => (await causes(request)).length, { timeout: 30_000 }).toBeGreaterThan(0);
  return (await causes(request))[0]?.group ?? "";
}

/** Corrects the demo's bug, as a deploy of fixed code would. */
export async function cure(request: APIRequestContext): Promise<void> {
  expect((await request.post(api("/traffic/cure"), { headers, data: {} })).ok()).toBe(true);
}

/** Corrects the bug and retries whatever is set aside, until nothing is. */
export async function settle(request: APIRequestContext): Promise<void> {
  await cure(request);
  await expect
    .poll(
      async () => {
        const open = await causes(request);
        for (const { group } of open) {
          await request.post(api(`/dead-letters/groups/${group}/retry`), { headers, data: {} });
        }
        return open.length;
      },
      { timeout: 30_000 },
    )
    .toBe(0);
}
