import { urls } from "@/app/_lib/urls";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import type { AttentionItem } from "@/lib/queries/overview";

const looks: Readonly<Record<AttentionItem["severity"], Status>> = { critical: "bad", warning: "warn", notice: "run" };

/** What hurts, worst first; keys 1 to 9 open an item. When nothing hurts, one calm line says so. */
export function AttentionList({
  store,
  items,
  title = "Needs attention",
  calm,
}: {
  store: string;
  items: readonly AttentionItem[];
  title?: string;
  /** What stands there when nothing hurts. */
  calm: React.ReactNode;
}) {
  if (items.length === 0) {
    return (
      <section aria-label={title} className="flex flex-wrap items-center gap-2 border-b px-4 py-3">
        {calm}
      </section>
    );
  }
  return (
    <section aria-label={title} className="border-b pb-1">
      <h2 className="caps px-4 pt-2 pb-1">
        {title} · {items.length}, worst first
      </h2>
      <ol>
        {items.map((item, index) => (
          <li
            key={`${item.title}|${item.detail}`}
            data-row-item
            className="flex min-h-8 items-center gap-x-2.5 px-4 hover:bg-hover max-md:flex-wrap max-md:gap-y-1.5 max-md:py-2 max-md:not-first:border-t"
          >
            <Glyph status={looks[item.severity]} size={12} />
            <p className="min-w-0 flex-1 truncate max-md:basis-[calc(100%-22px)] max-md:whitespace-normal">
              <span className="font-medium">{item.title}</span> <span className="text-muted">{item.detail}</span>
            </p>
            {item.alert === null || item.about.kind === "alert" ? null : (
              <Link className="link shrink-0 text-data max-md:ml-[22px]" href={urls.alert(store, item.alert)}>
                Alert A-{item.alert}
              </Link>
            )}
            <OpenItem store={store} item={item} number={index + 1} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function OpenItem({ store, item, number }: { store: string; item: AttentionItem; number: number }) {
  const { about } = item;
  const opened = openedBy(store, about);
  if (!opened) return null;
  return (
    <Link
      href={opened.href}
      data-row
      className="btn h-6 max-md:ml-auto"
      aria-keyshortcuts={number <= 9 ? String(number) : undefined}
      aria-label={opened.label}
    >
      Open {number <= 9 ? <kbd className="kbd">{number}</kbd> : null}
    </Link>
  );
}

/** Where an item leads, and in words; undefined where there is nothing to open. */
function openedBy(store: string, about: AttentionItem["about"]): { href: string; label: string } | undefined {
  switch (about.kind) {
    case "projection":
      return { href: urls.projection(store, about.name), label: `Open ${about.name}` };
    case "process":
      return { href: urls.process(store, about.name, { filter: about.filter }), label: `Open ${about.name}` };
    case "dead-letters":
      return {
        href: urls.deadLetters(store, { consumer: about.consumer }),
        label: `Open the dead letters of ${about.consumer}`,
      };
    case "alert":
      return { href: urls.alert(store, about.id), label: `Open A-${about.id}` };
    case "run":
      return { href: urls.run(store, about.id), label: `Open R-${about.id}` };
    default:
      return undefined;
  }
}
