/** The event of every append benchmark: 303 bytes of payload and 191 of metadata, as a shop's order would have. */

const order = {
  orderId: "01977f3a-92c4-7d10-b1c2-5a7be4a1d9f0",
  customerId: "c-48213",
  currency: "EUR",
  lines: [
    { sku: "SKU-1042", quantity: 2, unitPriceCents: 1999 },
    { sku: "SKU-2213", quantity: 1, unitPriceCents: 4950 },
  ],
  shipping: { method: "standard", country: "DE", postcode: "10997", city: "Berlin" },
  note: "",
};
const context = {
  source: "bench",
  region: "eu",
  userAgent: "tidemark-bench/1.0",
  requestId: "01977f3a-92c4-7d10-b1c2-5a7be4a1d9f1",
  session: "01977f3a-92c4-7d10-b1c2-5a7be4a1d9f2",
  note: "",
};

/** Payload of 303 bytes. */
export const data = padded(order, 303);
/** Metadata of 191 bytes. */
export const metadata = padded(context, 191);
/** The payload's text. */
export const dataText = JSON.stringify(data);
/** The metadata's text. */
export const metadataText = JSON.stringify(metadata);

function padded<T extends { note: string }>(value: T, bytes: number): T {
  const missing = bytes - JSON.stringify(value).length;
  if (missing < 0) throw new Error(`The sample has ${-missing} bytes too many.`);
  return { ...value, note: "n".repeat(missing) };
}

/** Gives a caller a stream out of its own fifty, in turn, and keeps each stream's version (0: not yet there). */
export class Streams {
  readonly #versions = new Map<string, number>();
  readonly #next = new Map<number, number>();

  constructor(private readonly prefix: (caller: number) => string) {}

  /** The next stream of a caller and its version. */
  next(caller: number): { stream: string; version: number } {
    const turn = this.#next.get(caller) ?? 0;
    this.#next.set(caller, (turn + 1) % 50);
    const stream = `${this.prefix(caller)}-${caller}x${turn}`;
    return { stream, version: this.#versions.get(stream) ?? 0 };
  }

  /** Records that `events` more events are in the stream. */
  grown(stream: string, events: number): void {
    this.#versions.set(stream, (this.#versions.get(stream) ?? 0) + events);
  }
}
