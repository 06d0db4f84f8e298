import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { type Call, endpoint } from "@/app/_lib/route";
import { time } from "@/app/api/_endpoints/parameters";
import { type Attribution, attributionFields } from "@/lib/operations/attribution";
import { createSignInLink } from "@/lib/operations/create-sign-in-link";
import { poisonTraffic } from "@/lib/operations/poison-traffic";
import { startTraffic, stopTraffic } from "@/lib/operations/switch-traffic";
import { attentionThen } from "@/lib/queries/moment/attention-then";
import { overviewThen } from "@/lib/queries/moment/overview-then";
import { overview } from "@/lib/queries/overview";
import { storeFacts } from "@/lib/queries/store-facts";
import { trafficStatus } from "@/lib/queries/traffic-status";

/** What the code knows. */
export const catalogEndpoint = endpoint({
  path: "/api/v1/{store}/catalog",
  summary: "Event types, versions, commands and projections that the code knows, with JSON Schemas",
  role: "viewer",
  handle: async ({ tidemark }) => json(tidemark.catalog.describe()),
});

/** The first page's facts. */
export const overviewEndpoint = endpoint({
  path: "/api/v1/{store}/overview",
  summary:
    "What needs attention, rates, projections, traffic and the last acts; with `at` what needed it at a past moment, and in `notKept` what of that cannot be known",
  role: "viewer",
  query: z.strictObject({ at: time.optional().describe("A past moment, ISO 8601; now when absent") }),
  handle: async ({ context, query: { at } }) => {
    if (at === undefined) return json(await overview(context));
    const then = await overviewThen(context, at);
    return json({ attention: attentionThen(then), ...then });
  },
});

/** What the store stands on. */
export const storeFactsEndpoint = endpoint({
  path: "/api/v1/{store}/store",
  summary:
    "The database behind the store: version, size, rights, clock, settings that matter; never an address or a key",
  role: "viewer",
  handle: async ({ context }) => json(await storeFacts(context)),
});

/** The demo traffic's state. */
export const trafficEndpoint = endpoint({
  path: "/api/v1/{store}/traffic",
  summary: "The state of the demo traffic",
  role: "viewer",
  handle: async ({ context }) => json(await trafficStatus(context)),
});

const rate = z.number().positive().max(1_000);
const settings = z.record(z.string().max(100), z.union([z.number(), z.boolean(), z.string().max(200)]));

/** Switches the demo traffic. */
export const switchTrafficEndpoint = endpoint({
  path: "/api/v1/{store}/traffic",
  summary: "Switch the demo traffic; 202 when nobody drives it at the moment",
  operation: startTraffic,
  body: z.strictObject({
    state: z.enum(["running", "stopped"]),
    ratePerSecond: rate.optional(),
    settings: settings.optional(),
    ...attributionFields,
  }),
  handle: (call) => switchTraffic(call, call.body.state, call.body),
});

/** Starts the demo traffic. */
export const startTrafficEndpoint = endpoint({
  path: "/api/v1/{store}/traffic/start",
  summary: "Start the demo traffic",
  operation: startTraffic,
  body: z.strictObject({ ratePerSecond: rate.optional(), settings: settings.optional(), ...attributionFields }),
  bodyOptional: true,
  handle: (call) => switchTraffic(call, "running", call.body),
});

/** Stops the demo traffic. */
export const stopTrafficEndpoint = endpoint({
  path: "/api/v1/{store}/traffic/stop",
  summary: "Stop the demo traffic",
  operation: stopTraffic,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: (call) => switchTraffic(call, "stopped", call.body),
});

/** Poison for the demo. */
export const poisonTrafficEndpoint = endpoint({
  path: "/api/v1/{store}/traffic/poison",
  summary: "Put a bug into a read model of the demo and send it events that it cannot take; only with TIDEMARK_DEMO=1",
  operation: poisonTraffic,
  body: z.strictObject({ events: z.int().min(1).max(20).optional(), ...attributionFields }),
  bodyOptional: true,
  handle: async (call) => json(await poisonTraffic(operationContext(call), { poison: true, ...call.body })),
});

/** The cure. */
export const cureTrafficEndpoint = endpoint({
  path: "/api/v1/{store}/traffic/cure",
  summary: "Correct the demo's bug: what is parked for it then passes",
  operation: poisonTraffic,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => json(await poisonTraffic(operationContext(call), { poison: false, ...call.body })),
});

/** Makes a one-time link into the console. */
export const signInLinkEndpoint = endpoint({
  path: "/api/v1/sign-in-links",
  summary: "Make a one-time sign-in link",
  operation: createSignInLink,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => {
    const { secret, minutes } = await createSignInLink(operationContext(call), call.body);
    const { protocol, host } = new URL(call.request.url);
    const address = `${protocol}//${call.request.headers.get("host") ?? host}`;
    return json({ url: `${address}/sign-in?token=${secret}`, expiresInMinutes: minutes }, 201);
  },
});

type Wanted = Attribution & {
  readonly ratePerSecond?: number | undefined;
  readonly settings?: z.output<typeof settings> | undefined;
};

async function switchTraffic(
  call: Call<unknown, unknown>,
  state: "running" | "stopped",
  { ratePerSecond, settings: given, reason, ticket }: Wanted,
): Promise<Response> {
  const context = operationContext(call);
  const switched =
    state === "running"
      ? await startTraffic(context, { ratePerSecond, settings: given, reason, ticket })
      : await stopTraffic(context, { reason, ticket });
  return json(switched, switched.observed ? 200 : 202);
}
