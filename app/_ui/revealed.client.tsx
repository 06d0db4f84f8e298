"use client";
import { earlyPress } from "./early-press";

/** The frame around personal data that was revealed, with the way to have it gone at once. */
export function Revealed({ hide, children }: { hide: () => void; children: React.ReactNode }) {
  return (
    <section aria-label="Revealed personal data" className="my-1 rounded-card border border-shred-solid p-2 text-ink">
      <div className="flex flex-wrap items-center gap-2 pb-1">
        <h3 className="font-medium">Personal data, shown for five minutes</h3>
        <button {...earlyPress} type="button" className="btn ml-auto" onClick={hide}>
          Hide
        </button>
      </div>
      {children}
    </section>
  );
}
