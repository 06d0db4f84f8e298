import net from "node:net";

/** The way of one host to the database, which can fall silent as a network does: nothing arrives, and nobody is told. */
export type HostLink = {
  /** The server's URL, led over this link. */
  readonly url: string;
  /** From now on what either side sends stays on the way. No connection is closed, and new ones are not answered. */
  readonly fallSilent: () => void;
  /** What stayed on the way arrives, in order, however late. */
  readonly heal: () => void;
  /** How many connections lead over it. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

/** Listens on a free port of the loopback and passes everything on to the server of `databaseUrl`. */
export async function openHostLink(databaseUrl: string): Promise<HostLink> {
  const target = new URL(databaseUrl);
  const ends = new Set<net.Socket>();
  let silent = false;

  const server = net.createServer({ pauseOnConnect: true }, (client) => {
    const upstream = net.connect(Number(target.port), target.hostname);
    const pair = [client, upstream] as const;
    const drop = () => {
      for (const socket of pair) socket.destroy();
    };
    for (const [from, to] of [pair, [upstream, client] as const]) {
      ends.add(from);
      from.setNoDelay(true);
      // Not a pipe: that would resume by itself what has been paused.
      from.on("data", (chunk) => to.write(chunk));
      from.on("error", drop);
      from.on("close", () => {
        ends.delete(from);
        drop();
      });
      if (silent) from.pause();
      else from.resume();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const through = new URL(databaseUrl);
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as net.AddressInfo).port);

  return {
    url: through.href,
    fallSilent: () => {
      silent = true;
      for (const socket of ends) socket.pause();
    },
    heal: () => {
      silent = false;
      for (const socket of ends) socket.resume();
    },
    connections: () => ends.size / 2,
    close: async () => {
      for (const socket of ends) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
