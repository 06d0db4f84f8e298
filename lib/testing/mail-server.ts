import net from "node:net";

/**
 * The least that is a mail server: it takes what comes, puts off all recipients when it `refuses`, and with `hangsUp` ends the
 * connection after the message, without a reply.
 */
export async function startMailServer(options: { readonly hangsUp?: boolean; readonly refuses?: boolean } = {}) {
  const mails: string[] = [];
  const server = net.createServer((socket) => {
    let data: string | null = null;
    let rest = "";
    socket.on("error", () => undefined);
    socket.write("220 test ESMTP\r\n");
    socket.on("data", (part) => {
      rest += part.toString();
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data !== null) {
          if (line !== ".") {
            data += `${line}\n`;
            continue;
          }
          mails.push(data);
          data = null;
          if (options.hangsUp) socket.destroy();
          else socket.write("250 taken\r\n");
        } else if (line === "DATA") {
          data = "";
          socket.write("354 go on\r\n");
        } else if (options.refuses && line.startsWith("RCPT")) socket.write("451 not now\r\n");
        else socket.write(line.startsWith("QUIT") ? "221 bye\r\n" : "250 ok\r\n");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    mails,
    close: () => void server.close(),
    url: `smtp://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
  };
}
