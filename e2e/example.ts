import type { APIRequestContext } from "@playwright/test";
import { expect } from "@playwright/test";

/** An event as the API shows it; only what these tests need. */
export type WireEvent = {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly position: string;
  readonly recordedAt: string;
  readonly correlationId: string;
};

/** Waits until the demo's shop has sold something, and returns the event of a placed order. */
export async function placedOrder(request: APIRequestContext): Promise<WireEvent> {
  let found: WireEvent | undefined;
  await expect
    .poll(
      async () => {
        const answer = await request.get("/api/v1/local/events?type=OrderPlaced&limit=1");
        found = answer.ok() ? (await answer.json()).events[0] : undefined;
        return found?.type;
      },
      { message: "the demo shop places an order", timeout: 30_000 },
    )
    .toBe("OrderPlaced");
  if (!found) throw new Error("No order was placed.");
  return found;
}
