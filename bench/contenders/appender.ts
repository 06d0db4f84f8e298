/** Something that can append: one call is one durable append of `events` events to a stream whose version it checks. */
export type Appender = {
  readonly name: string;
  readonly append: (caller: number, events: number) => Promise<void>;
  readonly close: () => Promise<void>;
};
