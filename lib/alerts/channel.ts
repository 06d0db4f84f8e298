import { z } from "zod";

const MAIL = /^[^\s@<>"(),;:\\[\]\p{Cc}]{1,64}@[^\s@<>"(),;:\\[\]\p{Cc}]{1,200}$/u;
const mail = z.string().max(254).regex(MAIL, "must be a plain address, as ops@example.org");

/** A URL of one of these schemes, without white space or credentials unless they are allowed. */
function address(schemes: readonly string[], credentials = false) {
  return z
    .string()
    .max(2_000)
    .regex(/^[^\s\p{Cc}]+$/u, "must not contain white space")
    .refine(
      (text) => {
        const url = URL.parse(text);
        if (!url || !schemes.includes(url.protocol) || url.hostname === "") return false;
        return credentials || (url.username === "" && url.password === "");
      },
      `must be an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}${credentials ? "" : ", without a name or password in it"}`,
    );
}

/** Where a channel leads, with its secrets. It stays in the database: nothing shows it. */
export const channelAddress = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("webhook"),
    url: address(["http:", "https:"]),
    /** The key of the signature, as Standard Webhooks writes it. */
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,90}={0,2}$/, "must be `whsec_` and 24 to 64 bytes in base64")
      .describe("The key of the signature: `whsec_` and 24 to 64 random bytes in base64"),
  }),
  z.strictObject({ kind: z.literal("slack"), url: address(["http:", "https:"]) }),
  z.strictObject({
    kind: z.literal("email"),
    url: address(["smtp:", "smtps:"], true).describe("The mail server, as smtps://user:password@mail.example.org"),
    from: mail,
    to: z.array(mail).min(1).max(20),
  }),
]);

/** A parsed address. */
export type ChannelAddress = z.output<typeof channelAddress>;

/** What may be shown of it: the server, and for e-mail who receives it. Paths and parameters may be secrets. */
export function shownAddress(address: ChannelAddress): string {
  const { protocol, host } = new URL(address.url);
  return address.kind === "email" ? `${address.to.join(", ")} by ${host}` : `${protocol}//${host}/…`;
}

/** The states that a channel can be told of. */
export const toldStates = ["firing", "acknowledged", "silenced", "resolved"] as const;
