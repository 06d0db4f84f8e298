import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";
import { type Draft, queryOf, type Step, steps } from "./draft";

/** Where the wizard is. Steps that came before can be gone back to; the run is reached by starting it. */
export function Steps({ store, name, draft, step }: { store: string; name: string; draft: Draft; step: Step }) {
  const order = Object.keys(steps) as Step[];
  const at = order.indexOf(step);
  return (
    <nav aria-label="Steps" className="text-data">
      <ol className="flex flex-wrap gap-x-4 gap-y-1">
        {order.map((key, index) => (
          <li key={key} aria-current={key === step ? "step" : undefined}>
            {index < at && step !== "run" ? (
              <Link href={urls.rebuild(store, name, queryOf(draft, key))} className="link">
                {index + 1} {steps[key]} <span aria-hidden="true">✓</span>
              </Link>
            ) : (
              <span className={key === step ? "font-semibold text-ink" : "text-muted"}>
                {index + 1} {steps[key]}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Back and on. Ctrl ↵ presses what leads on, Ctrl ⌫ what leads back, wherever the focus is. */
export function StepButtons({
  back,
  leads = "goes on",
  children,
}: {
  back?: string;
  /** What Ctrl ↵ does; null where nothing leads on. */
  leads?: string | null;
  children?: React.ReactNode;
}) {
  const hints = [leads === null ? "" : `Ctrl ↵ ${leads}`, back === undefined ? "" : "Ctrl ⌫ goes back"];
  return (
    <div className="flex flex-wrap items-center gap-2 px-4 pt-2 pb-6">
      {back === undefined ? null : (
        <Link className="btn" href={back} aria-keyshortcuts="Control+Backspace">
          Back
        </Link>
      )}
      {children}
      <span className="text-data text-muted max-md:hidden">{hints.filter(Boolean).join(", ")}</span>
    </div>
  );
}
