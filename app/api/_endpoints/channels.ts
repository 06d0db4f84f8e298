import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { attributionFields } from "@/lib/operations/attribution";
import {
  addChannel,
  changeChannel,
  changedChannelFields,
  newChannelFields,
  removeChannel,
} from "@/lib/operations/keep-channels";
import { testChannel } from "@/lib/operations/test-channel";
import { alertChannels } from "@/lib/queries/alert-channels";

/** The channels. */
export const listChannelsEndpoint = endpoint({
  path: "/api/v1/{store}/channels",
  summary: "The channels that notices of alerts go to; of an address only the server is shown",
  role: "operator",
  handle: async ({ context }) => json({ channels: await alertChannels(context) }),
});

/** Adds one. */
export const addChannelEndpoint = endpoint({
  path: "/api/v1/{store}/channels",
  summary: "Add a channel: a signed webhook, one that takes Slack's webhooks, or e-mail by SMTP",
  operation: addChannel,
  body: z.strictObject({ ...attributionFields, ...newChannelFields }),
  handle: async (call) => json(await addChannel(operationContext(call), call.body), 201),
});

/** Changes one. */
export const changeChannelEndpoint = endpoint({
  path: "/api/v1/{store}/channels/{id}",
  summary: "Change a channel; a new address replaces the old one whole",
  operation: changeChannel,
  body: z.strictObject({ ...attributionFields, ...changedChannelFields }),
  handle: async (call) => json(await changeChannel(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Removes one. */
export const removeChannelEndpoint = endpoint({
  path: "/api/v1/{store}/channels/{id}/remove",
  summary: "Remove a channel with its address and the record of what was sent to it",
  operation: removeChannel,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => json(await removeChannel(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Tests one. */
export const testChannelEndpoint = endpoint({
  path: "/api/v1/{store}/channels/{id}/test",
  summary:
    "Send a test notice and wait for the first attempt: 200 with how it ended, 202 when no worker has sent it yet",
  operation: testChannel,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => {
    const tested = await testChannel(operationContext(call), { ...call.body, id: call.path.id ?? "" });
    return json(tested, tested.observed ? 200 : 202);
  },
});
