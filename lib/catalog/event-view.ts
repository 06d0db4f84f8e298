import type { DecodedEvent } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { lookupHashIn } from "@/lib/privacy/lookup-hash";

/** What a stored event is read as, at its place among the events that it is read as. */
export function eventView(
  stored: RecordedEvent,
  form: { readonly type: string; readonly schemaVersion: number; readonly data: unknown },
  index: number,
): DecodedEvent {
  return new EventView(stored, form.type, form.schemaVersion, index, form.data, undefined);
}

/** A stored event read as itself, whose payload `open` yields when it is first asked for. */
export function unopenedView(stored: RecordedEvent, open: (stored: RecordedEvent) => unknown): DecodedEvent {
  return new EventView(stored, stored.type, stored.schemaVersion, 0, undefined, open);
}

/** Takes the stored event's facts from it when they are asked for: each is cut out of a text, and a fold asks for few. */
class EventView implements DecodedEvent {
  readonly #stored: RecordedEvent;
  #data: unknown;
  #open: ((stored: RecordedEvent) => unknown) | undefined;

  constructor(
    stored: RecordedEvent,
    readonly type: string,
    readonly schemaVersion: number,
    readonly index: number,
    data: unknown,
    open: ((stored: RecordedEvent) => unknown) | undefined,
  ) {
    this.#stored = stored;
    this.#data = data;
    this.#open = open;
  }
  get data() {
    if (this.#open) {
      this.#data = this.#open(this.#stored);
      this.#open = undefined;
    }
    return this.#data;
  }
  get id() {
    return this.#stored.id;
  }
  get stream() {
    return this.#stored.stream;
  }
  get version() {
    return this.#stored.version;
  }
  get position() {
    return this.#stored.position;
  }
  get recordedAt() {
    return this.#stored.recordedAt;
  }
  get occurredAt() {
    return this.#stored.occurredAt;
  }
  get correlationId() {
    return this.#stored.correlationId;
  }
  get causationId() {
    return this.#stored.causationId;
  }
  get actor() {
    return this.#stored.actor;
  }
  get tenant() {
    return this.#stored.tenant;
  }
  lookupHash(subject: string, value: string | number | boolean) {
    return lookupHashIn(this.#stored, subject, value);
  }
}
