import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { TidemarkError } from "@/lib/kernel/errors";

/** Kinds of address that notices are sent to only where the installation says so. */
export const restrictedTargets = ["loopback", "private", "link-local"] as const;

/** One such kind. */
export type RestrictedTarget = (typeof restrictedTargets)[number];

/** An address that may be connected to. */
export type Target = { readonly address: string; readonly family: 4 | 6 };

/**
 * Looks a host up and answers the address to connect to, so that what was checked is what is connected to: a name that means
 * another address a moment later changes nothing. Throws `forbidden` when any of its addresses is one that must not be reached:
 * whoever can add a channel must not reach through us what only we can reach. Throws `unavailable` when the name is not known.
 */
export async function allowedTarget(host: string, allowed: readonly RestrictedTarget[]): Promise<Target> {
  const bare = host.replace(/^\[|\]$/g, "");
  const addresses = await lookup(bare, { all: true, order: "ipv4first" }).catch((cause: unknown) => {
    throw new TidemarkError("unavailable", `The name ${bare} is not known.`, { host: bare }, { cause });
  });
  for (const { address } of addresses) {
    const kind = kindOf(address);
    if (kind === "public" || (kind !== "never" && allowed.includes(kind))) continue;
    const how = kind === "never" ? "It is never reached." : `Allow it with TIDEMARK_ALERT_TARGETS=${kind}.`;
    throw new TidemarkError(
      "forbidden",
      `${bare} is at ${address}, which is ${kind === "never" ? "reserved" : kind}. ${how}`,
      { host: bare },
    );
  }
  const [first] = addresses;
  if (!first) throw new TidemarkError("unavailable", `The name ${bare} has no address.`, { host: bare });
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}

function kindOf(address: string): RestrictedTarget | "public" | "never" {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  for (const [kind, list] of LISTS) if (list.check(address, family)) return kind;
  return "public";
}

const RANGES: readonly (readonly [kind: RestrictedTarget | "never", network: string, bits: number])[] = [
  ["loopback", "127.0.0.0", 8],
  ["loopback", "::1", 128],
  ["link-local", "169.254.0.0", 16],
  ["link-local", "fe80::", 10],
  ["private", "10.0.0.0", 8],
  ["private", "172.16.0.0", 12],
  ["private", "192.168.0.0", 16],
  ["private", "100.64.0.0", 10],
  ["private", "fc00::", 7],
  ["never", "0.0.0.0", 8],
  ["never", "192.0.0.0", 24],
  ["never", "198.18.0.0", 15],
  ["never", "224.0.0.0", 3],
  ["never", "::", 128],
  // IPv4 in disguise, translated or tunnelled; what is only mapped is found in the lists of IPv4.
  ["never", "64:ff9b::", 96],
  ["never", "2002::", 16],
  ["never", "ff00::", 8],
];

const LISTS = (["loopback", "link-local", "private", "never"] as const).map((kind) => {
  const list = new BlockList();
  for (const [own, network, bits] of RANGES) {
    if (own === kind) list.addSubnet(network, bits, isIP(network) === 6 ? "ipv6" : "ipv4");
  }
  return [kind, list] as const;
});
