/** A message of PostgreSQL's protocol: its type byte (0 for the first ones, which have none), and all its bytes. */
export type Message = { readonly type: string; readonly bytes: Buffer };

/** Cuts a stream of bytes into messages. `startup`: the first message has no type byte, as a client's first has not. */
export function createSplitter(startup: boolean): (chunk: Buffer) => Message[] {
  let rest: Buffer = Buffer.alloc(0);
  let first = startup;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const messages: Message[] = [];
    for (;;) {
      const head = first ? 0 : 1;
      if (rest.length < head + 4) return messages;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return messages;
      messages.push({ type: first ? "" : String.fromCharCode(rest[0] ?? 0), bytes: rest.subarray(0, length) });
      rest = rest.subarray(length);
      first = false;
    }
  };
}

/** A text that ends with a zero byte, and where the next one begins. */
export function textAt(bytes: Buffer, from: number): { readonly text: string; readonly next: number } {
  const end = bytes.indexOf(0, from);
  return { text: bytes.toString("utf8", from, end), next: end + 1 };
}
