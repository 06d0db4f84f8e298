import net from "node:net";
import { type CommitKind, commitKinds, createRequestReader } from "@/lib/testing/proof/proxy/client-side";
import { createSplitter, type Message } from "@/lib/testing/proof/proxy/messages";
import type { Random } from "@/lib/testing/proof/random";

/** A proxy that cuts connections in the middle of commits. */
export type CommitCutProxy = {
  /** The server's URL, led through the proxy. */
  readonly url: string;
  /** Commits that were cut so far, by what they would have committed. */
  readonly cuts: Readonly<Record<CommitKind, number>>;
  /** Connections are left alone from now on. */
  readonly calm: () => void;
  readonly close: () => Promise<void>;
};

/** No commit of any kind. */
export function noCuts(): Record<CommitKind, number> {
  return Object.fromEntries(commitKinds.map((kind) => [kind, 0])) as Record<CommitKind, number>;
}

/** Where a commit is cut: after so many bytes of the request, or of its answer. */
type Cut = { readonly side: "request" | "answer"; readonly after: number };

/** An answer's bytes are not known before it comes; a place beyond its end cuts just before the last byte. */
const ANSWER_BYTES = 400;

/**
 * Listens on a free port and passes everything on to the server of `url`. Of the requests that commit, a share `often` is
 * cut at a byte that the seed draws, in the request or in its answer, and both ends see a broken connection.
 */
export async function startCommitCutProxy(url: string, random: Random, often: number): Promise<CommitCutProxy> {
  const target = new URL(url);
  const cuts = noCuts();
  const sockets = new Set<net.Socket>();
  let calm = false;

  /** Whether this commit is cut, and where; it is counted when the cut is made. */
  const draw = (requestBytes: number): Cut | undefined => {
    if (calm || !random.chance(often)) return undefined;
    return random.chance(0.5)
      ? { side: "request", after: random.whole(0, requestBytes) }
      : { side: "answer", after: random.whole(0, random.pick([5, 30, ANSWER_BYTES])) };
  };

  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
    }
    join(client, upstream, draw, (kind) => {
      cuts[kind] += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as net.AddressInfo).port);
  return {
    url: through.href,
    cuts,
    calm: () => {
      calm = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Passes bytes both ways until one side ends or a commit is cut. */
function join(
  client: net.Socket,
  upstream: net.Socket,
  draw: (requestBytes: number) => Cut | undefined,
  onCut: (kind: CommitKind) => void,
): void {
  const requests = createRequestReader();
  const fromClient = createSplitter(true);
  const fromServer = createSplitter(false);
  let request: Buffer[] = [];
  let pending: { readonly kind: CommitKind; left: number } | undefined;
  let isCut = false;
  const end = () => {
    // What was let through before a cut must still arrive, so that a cut connection ends in order.
    if (isCut) return;
    client.destroy();
    upstream.destroy();
  };
  const cut = (kind: CommitKind) => {
    isCut = true;
    onCut(kind);
    upstream.end();
    client.end();
  };
  for (const socket of [client, upstream]) {
    socket.on("error", end);
    socket.on("close", end);
  }

  client.on("data", (chunk) => {
    if (isCut) return;
    for (const message of fromClient(chunk)) {
      const kind = requests.commits(message);
      request.push(message.bytes);
      if (!ends(message)) continue;
      const bytes = Buffer.concat(request);
      request = [];
      const place = kind ? draw(bytes.length) : undefined;
      if (kind && place?.side === "request") {
        upstream.write(bytes.subarray(0, place.after));
        cut(kind);
        return;
      }
      if (kind && place) pending = { kind, left: place.after };
      upstream.write(bytes);
    }
  });

  upstream.on("data", (chunk) => {
    if (isCut) return;
    for (const message of fromServer(chunk)) {
      if (message.type === "Z") requests.ready(String.fromCharCode(message.bytes[5] ?? 0));
      if (!pending) {
        client.write(message.bytes);
        continue;
      }
      const last = message.type === "Z";
      const passed = Math.min(pending.left, last ? message.bytes.length - 1 : message.bytes.length);
      client.write(message.bytes.subarray(0, passed));
      pending.left -= passed;
      if (passed < message.bytes.length) return cut(pending.kind);
    }
  });
}

/** Whether the server answers after this message: until then a request is held, so that it can be cut as a whole. */
function ends({ type }: Message): boolean {
  // Parse, Bind, Describe, Execute and Close are answered at the Sync that follows them.
  return !"PBDEC".includes(type) || type === "";
}
