import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import {
  command,
  defineDecider,
  defineEvents,
  defineFold,
  defineHandler,
  defineModule,
  defineUpcaster,
  personal,
  reject,
} from "@/lib/define";
import type { Keys } from "@/lib/privacy/keys-at-hand";

/** A domain about persons: their data is in the state, in a fold and in a read model of SQL. */
const memberEvents = defineEvents({
  Joined: [
    2,
    z.object({
      memberId: z.string(),
      email: personal(z.email(), "memberId"),
      invitedBy: z.object({ id: z.string(), name: personal(z.string(), "invitedBy.id") }).nullable(),
    }),
  ],
  Renamed: [1, z.object({ memberId: z.string(), nick: personal(z.string(), "memberId") })],
});

const joinedV1 = defineUpcaster({
  type: "Joined",
  from: 1,
  to: 2,
  personal: { mail: "memberId" },
  up: ({ mail, ...rest }: { memberId: string; mail: string }) => ({ ...rest, email: mail, invitedBy: null }),
});

type Member = { readonly email: string | null; readonly nick: string | null };

const joined = { memberId: z.string(), email: z.email() };
const decider = defineDecider<Member>()({
  category: "member",
  personal: ["email", "nick"],
  events: memberEvents,
  initialState: () => ({ email: null, nick: null }),
  evolve: {
    Joined: (state, { email }) => ({ ...state, email }),
    Renamed: (state, { nick }) => ({ ...state, nick }),
  },
  commands: {
    Join: command({
      description: "Joins.",
      input: z.object({ ...joined, by: z.object({ id: z.string(), name: z.string() }).nullable() }),
      decide: (state: Member, { memberId, email, by }) =>
        state.email === null
          ? memberEvents.Joined({ memberId, email, invitedBy: by })
          : reject("member.known", "This member has joined."),
    }),
  },
});

/** One row a member, with what is personal in it. */
const memberFold = defineFold({
  name: "member-fold",
  version: 1,
  description: "Each member.",
  events: memberEvents,
  columns: { email: "text", nick: "text?" },
  key: ({ data }) => data.memberId,
  initial: () => ({ email: "", nick: null }),
  evolve: {
    Joined: (row, { data }) => ({ ...row, email: data.email }),
    Renamed: (row, { data }) => ({ ...row, nick: data.nick }),
  },
});

/** Hosts that the projection of SQL fails at. */
export const poisonHost = new Set<string>();

/** Who was invited by whom, written by statements. */
const memberGuests = defineHandler({
  name: "member-guests",
  version: 1,
  description: "Who invited each member.",
  events: memberEvents,
  columns: { member: "text", host: "text" },
  primaryKey: ["member"],
  on: {
    Joined: async ({ table, query }, { data }) => {
      if (poisonHost.has(data.invitedBy?.name ?? "")) throw new RangeError(`cannot host ${data.invitedBy?.name}`);
      await query(`insert into ${table} (member, host) values ($1, $2)`, [
        data.memberId,
        data.invitedBy?.name ?? "nobody",
      ]);
    },
  },
});

/** The domain. */
const members = defineModule({
  name: "members",
  description: "Members of a club.",
  events: memberEvents,
  upcasters: [joinedV1],
  deciders: [decider],
  projections: [memberFold, memberGuests],
});

/** Its catalog, which opens with these keys. */
export function memberCatalog(keys: Keys | null) {
  return createCatalog([members], [], keys);
}
