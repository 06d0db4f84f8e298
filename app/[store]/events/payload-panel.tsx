import { CopyButton } from "@/app/_ui/copy-button.client";
import { Glyph } from "@/app/_ui/glyph";
import { JsonDiff } from "@/app/_ui/json-diff";
import { JsonView, maskedText } from "@/app/_ui/json-view";
import { Link } from "@/app/_ui/link.client";
import { maskStates } from "@/app/_ui/mask-states";
import { Reveal } from "@/app/_ui/reveal.client";
import type { EventPage, ShownStep } from "@/lib/queries/event-page";

/** The three looks at a payload. */
export const payloadViews = ["upcast", "stored", "diff"] as const;

/** One of them. */
export type PayloadView = (typeof payloadViews)[number];

/**
 * The payload as it is stored, as the code reads it, and what lies between. Without a `view` it opens upcast where there
 * is something to upcast. Personal fields are masked in every look; what is copied is masked too.
 */
export function PayloadPanel({
  store,
  page,
  view,
  here,
  mayReveal,
}: {
  store: string;
  page: EventPage;
  view: PayloadView | undefined;
  here: string;
  mayReveal: boolean;
}) {
  const { event, reading } = page;
  const steps = reading.status === "decoded" || reading.status === "failed" ? reading.steps : [];
  const forms = reading.status === "decoded" ? reading.forms : [];
  const chosen = view ?? (steps.length > 0 ? "upcast" : "stored");
  // What is sealed differs from what it reads as, and no upcaster did that.
  const before = page.sealed.length > 0 ? (steps[0]?.before.data ?? event.data) : event.data;
  const shown = forms.length === 0 ? "stored" : chosen;
  const masked = page.personal.map(({ path }) => path);
  const states = maskStates(page.sealed);
  const tabs = [
    { view: "stored", label: `As stored v${event.schemaVersion}`, keys: "1" },
    ...(reading.status === "decoded" && steps.length > 0
      ? [
          {
            view: "upcast",
            label: `Upcast ${forms.map(({ schemaVersion }) => `v${schemaVersion}`).join(" + ")}`,
            keys: "2",
          },
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
            ? steps.map((step) => stepWords(step, event.type)).join(" · ")
            : reading.status === "decoded"
              ? "current version, nothing to upcast"
              : null}
          <CopyButton
            text={
              shown === "upcast"
                ? forms.map((form) => maskedText(form.data, form.personal)).join("\n")
                : maskedText(event.data, masked)
            }
            what="payload"
          />
        </span>
      </div>
      {shown === "stored" ? <JsonView text={event.data} masked={masked} states={states.stored} /> : null}
      {shown === "stored"
        ? null
        : forms.map((form, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what an event is read as has no identity but its place
            <div key={index} className={index > 0 ? "border-t" : ""}>
              {forms.length > 1 ? (
                <h3 className="px-4 pt-2 font-medium">
                  {form.type} <span className="text-faint">v{form.schemaVersion}</span>{" "}
                  <span className="font-normal text-muted">
                    · {index + 1} of {forms.length} that this event is read as
                  </span>
                </h3>
              ) : null}
              {shown === "diff" ? (
                <JsonDiff before={before} after={form.data} masked={[...masked, ...form.personal]} />
              ) : (
                <JsonView text={form.data} masked={form.personal} states={states.read} />
              )}
            </div>
          ))}
      <ReadingRemark page={page} />
      <PersonalRemark store={store} page={page} mayReveal={mayReveal} />
    </section>
  );
}

/** `v1 → v2`; the types are named where the event does not stay what it was: `v1 → PaymentAuthorised v1 + PaymentCaptured v1`. */
function stepWords({ before, after }: ShownStep, type: string): string {
  const name = (form: ShownStep["before"]) => `${form.type === type ? "" : `${form.type} `}v${form.schemaVersion}`;
  return `${name(before)} → ${after.map(name).join(" + ")}`;
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
    <p className="flex items-baseline gap-2 border-t px-4 py-2 text-muted">
      <span className="pt-0.5">
        <Glyph status={reading.status === "failed" ? "bad" : "idle"} />
      </span>
      {text}
    </p>
  );
}

/** What is not shown, and how it stands; what can be read is revealed by an act of its own. */
function PersonalRemark({ store, page, mayReveal }: { store: string; page: EventPage; mayReveal: boolean }) {
  const { event, personal, sealed } = page;
  if (personal.length === 0 && sealed.length === 0) return null;
  const count = (state: string) => sealed.filter((field) => field.state === state).length;
  const told = [
    [count("sealed"), "sealed"],
    [count("forgotten"), "forgotten, for good"],
    [count("unknown"), "sealed under keys that the key store does not know"],
    [count("unasked"), "sealed, and the key store does not answer"],
  ] as const;
  const words = told.filter(([number]) => number > 0).map(([number, state]) => `${number} ${state}`);
  return (
    <div className="border-t px-4 py-1.5 text-muted text-data">
      <p className="flex items-baseline gap-2">
        <Glyph status="shred" />
        <span>
          Personal fields are masked here and in what is copied.{" "}
          {words.length > 0 ? `Of this event: ${words.join(", ")}.` : "Those of this event are stored as they are."}
        </span>
      </p>
      {mayReveal ? <Reveal store={store} events={[event.id]} /> : null}
    </div>
  );
}
