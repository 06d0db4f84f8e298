"use client";
import { X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import { earlyPress } from "@/app/_ui/early-press";
import { parseEventFilter, printEventFilter } from "./event-filter";
import { resolveTime, TIME_FORMS } from "./resolve-time";

const RANGES = [
  ["", "Any time"],
  ["now-5m", "Last 5 min"],
  ["now-15m", "Last 15 min"],
  ["now-1h", "Last hour"],
  ["now-24h", "Last 24 h"],
  ["now-7d", "Last 7 days"],
  ["now-30d", "Last 30 days"],
] as const;

/**
 * The filter of the event log and the jump box. Text that is not a filter stays in the box with the reason under it and
 * never reaches the URL. Without JavaScript the form still filters.
 */
export function FilterBox({
  store,
  text,
  suggestions,
}: {
  store: string;
  text: string;
  suggestions: readonly string[];
}) {
  const router = useRouter();
  const [value, setValue] = useState(text);
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const box = useRef<HTMLInputElement>(null);
  // What was typed before the page came to life stands in the box, and nobody told us.
  useEffect(() => {
    if (box.current) setValue(box.current.value);
  }, []);
  const parsed = parseEventFilter(value);
  const filter = parsed.ok ? parsed.filter : {};

  const open = (query: string, cursor: { before?: string; at?: string } = {}) =>
    start(() => router.push(urls.events(store, { q: query, ...cursor })));
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!parsed.ok) return setFault(parsed.fault);
    setFault(undefined);
    open(printEventFilter(parsed.filter));
  };
  const clear = () => {
    setValue("");
    setFault(undefined);
    open("");
  };
  const jump = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const place = String(new FormData(event.currentTarget).get("place") ?? "").trim();
    const position = place.replace(/^#|[,\s]/g, "");
    const kept = printEventFilter(filter);
    setFault(undefined);
    if (/^\d{1,18}$/.test(position)) return open(kept, { before: String(BigInt(position) + 1n) });
    const at = resolveTime(place, Date.now());
    if (at !== undefined) return open(kept, { at });
    setFault(`${place || "Nothing"} is neither a position nor a time. Write #48,211,907, ${TIME_FORMS}.`);
  };
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2 max-md:w-full md:flex-1">
      <form
        action={urls.events(store)}
        onSubmit={submit}
        className="flex min-w-0 flex-[1_1_18rem] items-center gap-1"
        aria-busy={pending}
      >
        <label htmlFor="filter" className="sr-only">
          Filter events
        </label>
        <input
          id="filter"
          ref={box}
          name="q"
          list="filter-names"
          value={value}
          onChange={(event) => setValue(event.target.value)}
          aria-keyshortcuts="/"
          aria-label="Filter events"
          aria-invalid={fault !== undefined}
          aria-describedby={fault ? "filter-fault" : undefined}
          placeholder="type:OrderPlaced  stream:order-42  actor:api  data.total:120"
          autoComplete="off"
          spellCheck={false}
          className="field mono flex-1"
        />
        <datalist id="filter-names">
          {suggestions.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        {text !== "" || value !== "" ? (
          <button {...earlyPress} type="button" className="icon-btn" aria-label="Clear the filter" onClick={clear}>
            <X size={15} strokeWidth={1.5} />
          </button>
        ) : null}
        <button type="submit" className="btn">
          Filter
        </button>
      </form>
      <select
        aria-label="Time range"
        className="field"
        value={RANGES.some(([range]) => range === filter.from) ? filter.from : ""}
        onChange={(event) => {
          const { from: _old, ...rest } = filter;
          const next = printEventFilter(event.target.value === "" ? rest : { ...rest, from: event.target.value });
          setValue(next);
          open(next);
        }}
      >
        {RANGES.map(([range, label]) => (
          <option key={range} value={range}>
            {label}
          </option>
        ))}
      </select>
      <form onSubmit={jump} className="flex items-center gap-1">
        <input
          name="place"
          aria-label="Jump to a time or position"
          aria-keyshortcuts="t"
          placeholder="Jump to 14:02 or #1234"
          autoComplete="off"
          className="field mono w-56"
        />
        <button {...earlyPress} type="submit" className="btn">
          Jump
        </button>
      </form>
      {fault ? (
        <p id="filter-fault" role="alert" className="w-full text-bad text-data">
          {fault}
        </p>
      ) : null}
    </div>
  );
}
