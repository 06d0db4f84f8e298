import { isAfter, type LiveState, type LiveTopic, type PlacedTopic } from "./live-topic";

/** What one tab follows: `subscribers` changes when other subscribers stand behind the same key. */
export type Wanted = {
  readonly key: string;
  readonly subscribers: string;
  readonly topic: LiveTopic;
  readonly after: string | undefined;
};

/** A frame of a topic. A frame of the log reaches from `since`, where the one before it ended, to `place`; a gauge has neither. */
export type LiveFrame = {
  readonly key: string;
  readonly data: string;
  readonly since: string | undefined;
  readonly place: string | undefined;
};

/** What a stream brings: a frame of the topic of that number and the position that it reaches, and how the stream is. */
export type StreamEvents = {
  readonly onFrame: (index: number, data: string, place: string | undefined) => void;
  readonly onState: (state: LiveState) => void;
};

/** How a desk reaches the world. `later` returns how to take it back. */
export type DeskPorts = {
  /** Opens a stream; returns how to close it. */
  readonly open: (topics: readonly PlacedTopic[], events: StreamEvents) => () => void;
  /** Hands a frame to every tab that wants it. */
  readonly tell: (frame: LiveFrame) => void;
  readonly onState: (state: LiveState) => void;
  /** Takes the keys that the stream has no room for, whenever it is opened anew. */
  readonly onLeftOut: (keys: readonly string[]) => void;
  readonly later: (act: () => void, ms: number) => () => void;
};

/** The one tab that holds the stream for all. */
export type LiveDesk = {
  /** Takes note of everything that a tab follows now; nothing, and it is forgotten. */
  readonly want: (tab: string, wanted: readonly Wanted[]) => void;
  /** Whether another tab than this one follows a topic. */
  readonly wantedBeside: (tab: string, key: string) => boolean;
  /** Forgets tabs that have not said what they want since the last call: a tab can die without a word. */
  readonly sweep: () => void;
  readonly close: () => void;
};

/** Wishes that come together open one stream; what nobody wants any more is carried on for a moment: pages come and go. */
const GATHER_MS = 30;
const LINGER_MS = 2_000;

/** The server lets one stream follow so many. */
const TOPICS_MAX = 32;

type Want = Wanted & { served: boolean };

/**
 * Gathers what all tabs of a browser follow into one stream. Every topic begins where the tab stands that is furthest
 * back: a tab may be told what it has already, or what is still too far ahead for it, and leaves that out by its own
 * place; sooner or later everything comes in its turn.
 */
export function openDesk({ open, tell, onState, onLeftOut, later }: DeskPorts): LiveDesk {
  const wants = new Map<string, ReadonlyMap<string, Want>>();
  const heard = new Set<string>();
  const values = new Map<string, string>();
  let stream: { readonly reached: Map<string, string | undefined>; close: () => void } | undefined;
  let due: { readonly ms: number; readonly cancel: () => void } | undefined;

  /** Whether the open stream still brings everything that comes after the place at which this wish was spoken. */
  const serves = ({ key, after }: Wanted): boolean => {
    if (!stream?.reached.has(key)) return false;
    const place = stream.reached.get(key);
    return place === undefined || after === undefined || !isAfter(place, after);
  };
  /** Where a tab stands: at least where it said, and as far as the stream has come that serves it. */
  const standing = ({ key, after, served }: Want): string | undefined => {
    const place = served ? stream?.reached.get(key) : undefined;
    return place !== undefined && (after === undefined || isAfter(place, after)) ? place : after;
  };

  function plan(): void {
    const all = [...wants.values()].flatMap((of) => [...of.values()]);
    const keys = new Set(all.map(({ key }) => key));
    const missing = all.some(({ served }) => !served);
    const surplus = [...(stream?.reached.keys() ?? [])].some((key) => !keys.has(key));
    const ms = missing ? GATHER_MS : surplus ? LINGER_MS : undefined;
    if (due && ms !== undefined && due.ms <= ms) return;
    due?.cancel();
    due = ms === undefined ? undefined : { ms, cancel: later(reopen, ms) };
  }

  function reopen(): void {
    due = undefined;
    const topics = new Map<string, PlacedTopic>();
    const leftOut = new Set<string>();
    for (const want of [...wants.values()].flatMap((of) => [...of.values()])) {
      const after = standing(want);
      const known = topics.get(want.key);
      if (known && (after === undefined || known.after === undefined || !isAfter(known.after, after))) continue;
      if (known || topics.size < TOPICS_MAX) topics.set(want.key, { ...want.topic, after });
      else leftOut.add(want.key);
    }
    for (const [tab, of] of wants) {
      wants.set(tab, new Map([...of].map(([key, want]) => [key, { ...want, after: standing(want), served: true }])));
    }
    stream?.close();
    stream = undefined;
    for (const key of values.keys()) if (!topics.has(key)) values.delete(key);
    if (topics.size > 0) stream = begin(topics);
    onLeftOut([...leftOut]);
  }

  function begin(topics: ReadonlyMap<string, PlacedTopic>) {
    const keys = [...topics.keys()];
    const reached = new Map(keys.map((key) => [key, topics.get(key)?.after]));
    const close = open([...topics.values()], {
      onState,
      onFrame(index, data, place) {
        const key = keys[index];
        if (key === undefined || stream?.reached !== reached) return;
        const since = reached.get(key);
        if (place === undefined) values.set(key, data);
        else reached.set(key, place);
        tell({ key, data, since, place });
      },
    });
    return { reached, close };
  }

  return {
    want(tab, wanted) {
      heard.add(tab);
      const before = wants.get(tab);
      const now = wanted.map((one): readonly [string, Want] => {
        const known = before?.get(one.key);
        if (known?.served && known.subscribers === one.subscribers) return [one.key, known];
        return [one.key, { ...one, served: serves(one) }];
      });
      if (now.length === 0) wants.delete(tab);
      else wants.set(tab, new Map(now));
      // A gauge tells its changes; who comes later is told what it stands at.
      for (const [key, { served }] of now) {
        const value = values.get(key);
        if (served && value !== undefined && before?.get(key) === undefined) {
          tell({ key, data: value, since: undefined, place: undefined });
        }
      }
      plan();
    },
    wantedBeside: (tab, key) => [...wants].some(([other, of]) => other !== tab && of.has(key)),
    sweep() {
      for (const tab of wants.keys()) if (!heard.has(tab)) wants.delete(tab);
      heard.clear();
      plan();
    },
    close() {
      due?.cancel();
      stream?.close();
      stream = undefined;
      wants.clear();
    },
  };
}
