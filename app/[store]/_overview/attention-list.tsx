import Link from "next/link";
import { urls } from "@/app/_lib/urls";
import { Glyph, type Status } from "@/app/_ui/glyph";
import type { AttentionItem, Overview } from "@/lib/queries/overview";

const looks: Readonly<Record<AttentionItem["severity"], Status>> = { critical: "bad", warning: "warn", notice: "run" };

/** What hurts, worst first; keys 1 to 9 open an item. When nothing hurts, one calm line says so. */
export function AttentionList({ store, overview }: { store: string; overview: Overview }) {
  const { attention } = overview;
  if (attention.length === 0) {
    return (
      <section aria-label="Needs attention" className="flex flex-wrap items-center gap-2 border-b px-4 py-3">
        <Glyph status="ok" size={12} />
        <p className="font-medium">Nothing needs attention.</p>
        <p className="text-muted">
          {overview.projections.length === 0
            ? "No projection is registered yet."
            : `All ${overview.projections.length} projections are within their objectives.`}
        </p>
      </section>
    );
  }
  return (
    <section aria-label="Needs attention" className="border-b pb-1">
      <h2 className="caps px-4 pt-2 pb-1">Needs attention · {attention.length}, worst first</h2>
      <ol>
        {attention.map((item, index) => (
          <li
            key={`${item.title}|${item.detail}`}
            data-row-item
            className="flex min-h-8 items-center gap-2.5 px-4 hover:bg-hover"
          >
            <Glyph status={looks[item.severity]} size={12} />
            <p className="min-w-0 flex-1 truncate max-md:whitespace-normal">
              <span className="font-medium">{item.title}</span> <span className="text-muted">{item.detail}</span>
            </p>
            <OpenItem store={store} item={item} number={index + 1} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function OpenItem({ store, item, number }: { store: string; item: AttentionItem; number: number }) {
  const { about } = item;
  if (about.kind !== "projection" && about.kind !== "dead-letters") return null;
  const letters = about.kind === "dead-letters";
  return (
    <Link
      href={letters ? urls.deadLetters(store, { consumer: about.consumer }) : urls.projection(store, about.name)}
      data-row
      className="btn h-6"
      aria-keyshortcuts={number <= 9 ? String(number) : undefined}
      aria-label={letters ? `Open the dead letters of ${about.consumer}` : `Open ${about.name}`}
    >
      Open {number <= 9 ? <kbd className="kbd">{number}</kbd> : null}
    </Link>
  );
}
