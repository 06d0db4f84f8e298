"use client";
import { useEffect, useRef, useState } from "react";
import { type Live, liveTab } from "./live-tab";
import { isOfLog, type LiveTopic, topicKey } from "./live-topic";

/**
 * Follows `topics` while `on`, and hands each frame's text to `onFrame` with the number of its topic: of the log what is
 * above `after` (from now on where that is undefined), nothing lost or repeated, however often the connection breaks; of a gauge its value and every other
 * after it. All live parts of all tabs share one stream; a hidden tab follows nothing until it is shown again.
 */
export function useLive(options: {
  on: boolean;
  store: string;
  topics: readonly LiveTopic[];
  after: string | undefined;
  onFrame: (data: string, topic: number) => void;
}): Live {
  const { on, store } = options;
  const keys = options.topics.map(topicKey).join();
  const [live, setLive] = useState<Live>({ state: on ? "connecting" : "off", lastAt: null });
  // What the page was drawn with is news, too: a page whose stream never came must say since when it is old.
  const drawn = useRef<number | undefined>(undefined);
  const reached = useRef(new Map<string, string>());
  const latest = useRef(options);
  latest.current = options;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the topics are told apart by their keys.
  useEffect(() => {
    if (!on) return setLive((before) => ({ ...before, state: "off" }));
    const tab = liveTab(store);
    drawn.current ??= Date.now();
    const began = drawn.current;
    const look = () => {
      const { state, lastAt } = tab.live();
      setLive({ state, lastAt: Math.max(lastAt ?? 0, began) });
    };
    const leave = latest.current.topics.map((topic, index) => {
      const after = isOfLog(topic) ? (reached.current.get(topicKey(topic)) ?? latest.current.after) : undefined;
      return tab.follow(topic, after, (data, place) => {
        if (place !== undefined) reached.current.set(topicKey(topic), place);
        latest.current.onFrame(data, index);
      });
    });
    leave.push(tab.watch(look));
    look();
    return () => {
      for (const end of leave) end();
    };
  }, [on, store, keys]);
  return live;
}
