"use client";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { tellForgotten } from "./forgotten";
import type { LiveTopic } from "./live-topic";
import { storeAnswers } from "./store-answers";
import { useLive } from "./use-live";

const TOPICS: readonly LiveTopic[] = [{ topic: "forgotten" }];

/**
 * Hears on every page that somebody was forgotten: what was revealed goes at once, whoever it is of, and the page is drawn anew,
 * also while its updates are paused. `after` is the position that the shell was drawn at; from now on where that is not known.
 */
export function ForgottenWatch({ store, after }: { store: string; after: string | undefined }) {
  const router = useRouter();
  // The place of the first drawing: later ones are told over the stream.
  const [since] = useState(after);
  useLive({
    on: true,
    store,
    topics: TOPICS,
    after: since,
    onFrame: () => {
      tellForgotten();
      void storeAnswers().then((answers) => {
        if (answers) router.refresh();
      });
    },
  });
  // A hidden tab hears nothing, so it shows nothing.
  useEffect(() => {
    const drop = () => {
      if (document.hidden) tellForgotten();
    };
    document.addEventListener("visibilitychange", drop);
    return () => document.removeEventListener("visibilitychange", drop);
  }, []);
  return null;
}
