import { type DeskPorts, type LiveDesk, type LiveFrame, openDesk, type Wanted } from "./live-desk";
import { isAfter, type LiveState, type LiveTopic, topicKey } from "./live-topic";

/** What the tabs of a browser say to each other. */
export type ShareMessage =
  /** A tab has taken over the stream and asks who wants what. */
  | { readonly kind: "who" }
  | { readonly kind: "want"; readonly tab: string; readonly wanted: readonly Wanted[] }
  | ({ readonly kind: "frame" } & LiveFrame)
  /** How the stream is, and which keys it has no room for. */
  | { readonly kind: "state"; readonly state: LiveState; readonly leftOut: readonly string[] };

/** How a tab reaches the others and the server. */
type SharePorts = Pick<DeskPorts, "open" | "later"> & {
  /** Reaches every other tab, in the order of sending. */
  readonly post: (message: ShareMessage) => void;
  readonly onState: (state: LiveState) => void;
};

/** Takes what a frame brings, and the position that it reaches if it is one of the log. */
export type OnFrame = (data: string, place: string | undefined) => void;

/** One tab's part in the stream that all tabs of a browser share. */
export type LiveShare = {
  /** Hands every frame of `topic` above `after` to `onFrame`, none twice and none left out. Returns how to leave. */
  readonly subscribe: (topic: LiveTopic, after: string | undefined, onFrame: OnFrame) => () => void;
  readonly receive: (message: ShareMessage) => void;
  /** Takes over the stream for all tabs, or gives it away. */
  readonly lead: (leads: boolean) => void;
  readonly leads: () => boolean;
  /** A quiet tab follows nothing; when it is loud again it takes up everything where it was. */
  readonly quiet: (quiet: boolean) => void;
  /** How many things this tab follows, quiet or not. */
  readonly size: () => number;
  /** Has the leading tab ask all others whether they are still there. */
  readonly roll: () => void;
  /** Has the leading tab tell all others how the stream is. */
  readonly tellState: () => void;
  /** Nothing was heard of the leading tab for a while. */
  readonly miss: () => void;
  readonly state: () => LiveState;
};

type Subscription = {
  number: number;
  readonly key: string;
  readonly topic: LiveTopic;
  readonly onFrame: OnFrame;
  place: string | undefined;
  value: string | undefined;
  /** A frame came for which one before it is missing. */
  gap: boolean;
};

/** Makes the part of the tab named `tab`. */
export function createShare(tab: string, { post, open, later, onState }: SharePorts): LiveShare {
  const subscriptions = new Set<Subscription>();
  let desk: LiveDesk | undefined;
  let muted = false;
  let drawn = 0;
  let stream: LiveState = "connecting";
  let leftOut: readonly string[] = [];

  /** How it is with what this tab follows: a stream that lives is nothing to whom it has no room for. */
  function state(): LiveState {
    return stream === "live" && [...subscriptions].some(({ key }) => leftOut.includes(key)) ? "full" : stream;
  }

  function change(next: LiveState, nextLeftOut = leftOut): void {
    const before = state();
    stream = next;
    leftOut = nextLeftOut;
    if (state() !== before) onState(state());
  }

  function tellState(): void {
    if (desk) post({ kind: "state", state: stream, leftOut });
  }

  function wanted(): readonly Wanted[] {
    if (muted) return [];
    const byKey = new Map<string, Subscription[]>();
    for (const one of subscriptions) byKey.set(one.key, [...(byKey.get(one.key) ?? []), one]);
    return [...byKey].map(([key, of]) => ({
      key,
      subscribers: of.map(({ number }) => number).join(),
      topic: of[0]?.topic ?? { topic: "moved" },
      after: of.map(({ place }) => place).reduce((a, b) => (a && b && isAfter(a, b) ? b : a)),
    }));
  }

  function say(): void {
    if (desk) desk.want(tab, wanted());
    else post({ kind: "want", tab, wanted: wanted() });
  }

  function deliver({ key, data, since, place }: LiveFrame): void {
    if (muted) return;
    for (const one of subscriptions) {
      if (one.key !== key) continue;
      if (place === undefined ? one.value === data : !follows(one, since, place)) continue;
      if (place === undefined) one.value = data;
      else one.place = place;
      one.onFrame(data, place);
    }
  }

  /** Whether a frame is the next for this subscription: neither one that it has, nor one that is still too far ahead. */
  function follows(one: Subscription, since: string | undefined, place: string): boolean {
    if (one.place === undefined) return true;
    if (since !== undefined && isAfter(since, one.place)) {
      one.gap = true;
      return false;
    }
    one.gap = false;
    return isAfter(place, one.place);
  }

  /** Asks again, as somebody new, for what did not come in its turn. */
  function mend(): void {
    for (const one of subscriptions) {
      if (!one.gap) continue;
      one.gap = false;
      drawn += 1;
      one.number = drawn;
    }
  }

  function takeOver(): void {
    desk = openDesk({
      open,
      later,
      onState(next) {
        change(next);
        tellState();
      },
      onLeftOut(keys) {
        change(stream, keys);
        tellState();
      },
      tell(frame) {
        deliver(frame);
        // Two hundred frames a second cost a slow processor more to post than to show.
        if (desk?.wantedBeside(tab, frame.key)) post({ kind: "frame", ...frame });
      },
    });
    post({ kind: "who" });
    say();
  }

  return {
    subscribe(topic, after, onFrame) {
      drawn += 1;
      const one: Subscription = {
        number: drawn,
        key: topicKey(topic),
        topic,
        onFrame,
        place: after,
        value: undefined,
        gap: false,
      };
      subscriptions.add(one);
      say();
      return () => {
        if (subscriptions.delete(one)) say();
      };
    },
    receive(message) {
      if (message.kind === "who") {
        mend();
        say();
      } else if (message.kind === "want") desk?.want(message.tab, message.wanted);
      else if (desk) return;
      else if (message.kind === "frame") deliver(message);
      else change(message.state, message.leftOut);
    },
    lead(leads) {
      if (leads === (desk !== undefined)) return;
      if (leads) return takeOver();
      desk?.close();
      desk = undefined;
      change("connecting");
    },
    leads: () => desk !== undefined,
    quiet(quiet) {
      if (quiet === muted) return;
      muted = quiet;
      say();
    },
    size: () => subscriptions.size,
    roll() {
      if (!desk) return;
      desk.sweep();
      post({ kind: "who" });
      mend();
      say();
    },
    tellState,
    miss: () => change("stale"),
    state,
  };
}
