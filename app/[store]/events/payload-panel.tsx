import Link from "next/link";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { Glyph } from "@/app/_ui/glyph";
import { JsonDiff } from "@/app/_ui/json-diff";
import { JsonView, maskedText } from "@/app/_ui/json-view";
import type { EventPage } from "@/lib/queries/event-page";

/** The three looks at a payload. */
export const payloadViews = ["upcast", "stored", "diff"] as const;

/** One of them. */
export type PayloadView = (typeof payloadViews)[number];

/**
 * The payload as it is stored, as the code reads it, and what lies between. Without a `view` it opens upcast where there
 * is something to upcast. Personal fields are masked in every look; what is copied is masked too.
 */
export function PayloadPanel({ page, view, here }: { page: EventPage; view: PayloadView | undefined; here: string }) {
  const { event, reading } = page;
  const steps = reading.status === "decoded" || reading.status === "failed" ? reading.steps : [];
  const current = reading.status === "decoded" ? reading.current : undefined;
  const chosen = view ?? (current !== undefined && steps.length > 0 ? "upcast" : "stored");
  const shown = current === undefined ? "stored" : chosen;
  const masked = page.personal.map(({ path }) => path);
  const tabs = [
    { view: "stored", label: `As stored v${event.schemaVersion}`, keys: "1" },
    ...(reading.status === "decoded" && steps.length > 0
      ? [
          { view: "upcast", label: `Upcast v${reading.schemaVersion}`, keys: "2" },
          { view: "diff", label: "Diff", keys: "3" },
        ]
      : []),
  ];
  return (
    <section aria-label="Payload" className="panel overflow-clip">
      <div className="flex min-h-9 flex-wrap items-center gap-3 border-b px-4 py-1">
        <h2 className="caps">Payload</h2>
        <nav aria-label="Looks at the payload" className="segments">
          {tabs.map((tab) => (
            <Link
              key={tab.view}
              href={`${here}?view=${tab.view}`}
              replace
              scroll={false}
              aria-current={tab.view === shown ? "true" : undefined}
              aria-keyshortcuts={tab.keys}
            >
              {tab.label}
            </Link>
          ))}
        </nav>
        <span className="ml-auto flex items-center gap-2 text-faint text-label">
          {steps.length > 0
            ? steps.map((step) => `v${step.from} → v${step.to}`).join(" · ")
            : reading.status === "decoded"
              ? "current version, nothing to upcast"
              : null}
          <CopyButton
            text={maskedText(shown === "upcast" ? (current ?? event.data) : event.data, masked)}
            what="payload"
          />
        </span>
      </div>
      {shown === "diff" && current !== undefined ? (
        <JsonDiff before={event.data} after={current} masked={masked} />
      ) : (
        <JsonView text={shown === "upcast" && current !== undefined ? current : event.data} masked={masked} />
      )}
      <ReadingRemark page={page} />
      {masked.length > 0 ? (
        <p className="flex items-center gap-2 border-t px-4 py-1.5 text-muted text-data">
          <Glyph status="shred" /> Personal fields are masked here and in what is copied.
        </p>
      ) : null}
    </section>
  );
}

function ReadingRemark({ page }: { page: EventPage }) {
  const { event, reading } = page;
  if (reading.status === "decoded") return null;
  const text =
    reading.status === "failed"
      ? `Reading it failed at ${reading.stage}: ${reading.message}`
      : reading.status === "unknown-type"
        ? `The code does not know ${event.type}. The payload is shown as it was stored; no projection reads it.`
        : `The code knows ${event.type}, but not version ${event.schemaVersion}. It is shown as it was stored.`;
  return (
    <p className="flex items-start gap-2 border-t px-4 py-2 text-muted">
      <span className="pt-0.5">
        <Glyph status={reading.status === "failed" ? "bad" : "idle"} />
      </span>
      {text}
    </p>
  );
}
