import type { Opened, SubjectKey } from "@/lib/keys/key-store";

/** How long a key is remembered, in milliseconds, and how many. */
export type CacheBounds = { readonly maxAgeMs: number; readonly maxKeys: number };

type Settled = Exclude<Opened, { state: "unknown" }>;
type Entry = {
  readonly opened: Settled;
  readonly until: number;
  /** Whose it is, by `knownAs`. */
  person: string | undefined;
  /** Whether it was told of as one that is to be read again. */
  aging: boolean;
  /** From when on being asked for counts as use. */
  readonly settled: number;
  /** Whether it was in use since it was read, or since it was last looked at as one to make room. */
  used: boolean;
};

/**
 * What was read of keys, for a bounded time. It remembers nothing until it is `hear`ing of destroyed keys, and forgets
 * everything when it does not any more.
 */
export class KeyCache {
  readonly #bounds: CacheBounds;
  readonly #onAging: (id: string) => void;
  readonly #now: () => number;
  /** The first one makes room first, unless it is in use: then it goes behind all others, once. */
  readonly #entries = new Map<string, Entry>();
  readonly #live = new Map<string, string>();
  readonly #people = new Map<string, string>();
  readonly #sweep: NodeJS.Timeout;
  #hears = false;
  #news = 0;

  /** `onAging` is called, once a reading, for a live key that is still used in the last third of its time. `now`: milliseconds. */
  constructor(bounds: CacheBounds, onAging: (id: string) => void = () => {}, now = () => performance.now()) {
    this.#bounds = bounds;
    this.#onAging = onAging;
    this.#now = now;
    this.#sweep = setInterval(() => this.#forgetOld(), bounds.maxAgeMs / 4);
    this.#sweep.unref();
  }

  /** What is remembered of a key. */
  get(id: string): Settled | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const now = this.#now();
    const left = entry.until - now;
    if (left <= 0) return undefined;
    if (now >= entry.settled) entry.used = true;
    if (left < this.#bounds.maxAgeMs / 3 && !entry.aging && entry.opened.state === "live") {
      entry.aging = true;
      this.#onAging(id);
    }
    return entry.opened;
  }

  /** The live key of a person's digest. */
  live(subject: string): SubjectKey | undefined {
    const opened = this.get(this.#live.get(subject) ?? "");
    return opened?.state === "live" ? opened.key : undefined;
  }

  /** The live key of a person who was told by `knownAs`, so that nobody's digest is computed for each value. */
  liveOf(person: string): SubjectKey | undefined {
    const opened = this.get(this.#people.get(person) ?? "");
    return opened?.state === "live" ? opened.key : undefined;
  }

  /** Tells whose a remembered key is. It is forgotten with the key. */
  knownAs(person: string, id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.person = person;
    this.#people.set(person, id);
  }

  /** Taken before a key is read and handed to `put`: what came to be known meanwhile makes that reading stale. */
  get news(): number {
    return this.#news;
  }

  put(id: string, opened: Settled, news: number): void {
    if (!this.#hears || news !== this.#news) return;
    // A key that is read again stays the same person's.
    const person = opened.state === "live" ? this.#entries.get(id)?.person : undefined;
    this.forget(id, true);
    const now = this.#now();
    const { maxAgeMs } = this.#bounds;
    // Whoever comes only once asks several times at once, and must not pass for somebody who comes again and again.
    const settled = now + maxAgeMs / 30;
    this.#entries.set(id, { opened, until: now + maxAgeMs, person, aging: false, settled, used: false });
    if (opened.state === "live") this.#live.set(opened.key.subject, id);
    if (person !== undefined) this.#people.set(person, id);
    if (this.#entries.size > this.#bounds.maxKeys) this.#makeRoom(id);
  }

  /** New people must not push out those whose keys are needed again and again. */
  #makeRoom(newest: string): void {
    const now = this.#now();
    for (const [id, entry] of this.#entries) {
      // Whoever has just come is needed now.
      if (id === newest) continue;
      if (entry.used && entry.until > now) {
        entry.used = false;
        // What is put back comes again in this same walk, and then goes.
        this.#entries.delete(id);
        this.#entries.set(id, entry);
        continue;
      }
      this.forget(id, true);
      if (this.#entries.size <= this.#bounds.maxKeys) return;
    }
  }

  /** Forgets a key. Unless `quietly`, readings of it that are under way are not remembered either. */
  forget(id: string, quietly = false): void {
    if (!quietly) this.#news += 1;
    const { opened, person } = this.#entries.get(id) ?? {};
    this.#entries.delete(id);
    if (person !== undefined && this.#people.get(person) === id) this.#people.delete(person);
    if (opened?.state === "live" && this.#live.get(opened.key.subject) === id) this.#live.delete(opened.key.subject);
  }

  /** Forgets everything. `hears` says whether destroyed keys will be told of from now on. */
  flush(hears: boolean): void {
    this.#hears = hears;
    this.#news += 1;
    this.#entries.clear();
    this.#live.clear();
    this.#people.clear();
  }

  /** Forgets everything for good. */
  close(): void {
    clearInterval(this.#sweep);
    this.flush(false);
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [id, { until }] of this.#entries) if (until <= now) this.forget(id, true);
  }
}
