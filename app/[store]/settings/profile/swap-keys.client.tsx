"use client";
import { X } from "lucide-react";
import { useId, useState } from "react";
import { announce } from "@/app/_ui/announce";
import { parseSwaps, type SwappedPair, swapFault, swapsText, withSwap } from "@/app/_ui/swapped-keys";
import { useTaste } from "@/app/_ui/use-taste";

/** Single keys that change places: for another keyboard, one hand, or a key that is pressed by mistake. */
export function SwapKeys({ initial }: { initial: string }) {
  const id = useId();
  const [text, choose] = useTaste("swaps", initial);
  const [fault, setFault] = useState<string>();
  const pairs = parseSwaps(text);
  const keep = (next: readonly SwappedPair[], words: string) => {
    choose(swapsText(next));
    announce(words);
  };
  const swap = (form: HTMLFormElement) => {
    const given = new FormData(form);
    const [a, b] = [String(given.get("a")).trim(), String(given.get("b")).trim()];
    const wrong = swapFault(a, b);
    setFault(wrong);
    if (wrong !== undefined) return announce(wrong);
    keep(withSwap(pairs, [a, b]), `${a} and ${b} have changed places`);
    form.reset();
  };
  return (
    <div className="grid max-w-4xl gap-x-6 gap-y-1 px-4 pb-3 sm:grid-cols-[8rem_17rem_1fr] sm:items-center">
      <h3 className="font-medium">Swapped keys</h3>
      <form
        className="flex items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          swap(event.currentTarget);
        }}
      >
        <KeyField id={`${id}-a`} name="a" label="One key" />
        <span aria-hidden="true">⇄</span>
        <KeyField id={`${id}-b`} name="b" label="The other key" />
        <button type="submit" className="btn">
          Swap
        </button>
      </form>
      <p className="text-muted text-data">
        Each then does what the other did, on every page; the list under ? shows them as they are pressed.
      </p>
      {fault ? (
        <p role="alert" className="text-bad sm:col-start-2 sm:col-end-4">
          {fault}
        </p>
      ) : null}
      {pairs.length === 0 ? null : (
        <ul aria-label="Swapped keys" className="flex flex-wrap gap-2 sm:col-start-2 sm:col-end-4">
          {pairs.map((pair) => (
            <li key={pair.join("")} className="flex items-center gap-1">
              <kbd className="kbd">{pair[0]}</kbd>⇄<kbd className="kbd">{pair[1]}</kbd>
              <button
                type="button"
                className="icon-btn"
                aria-label={`Put ${pair[0]} and ${pair[1]} back`}
                onClick={() =>
                  keep(
                    pairs.filter((each) => each !== pair),
                    `${pair[0]} and ${pair[1]} are back`,
                  )
                }
              >
                <X size={14} strokeWidth={1.5} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function KeyField({ id, name, label }: { id: string; name: string; label: string }) {
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <input id={id} name={name} className="field mono w-12 text-center" maxLength={2} autoComplete="off" required />
    </>
  );
}
