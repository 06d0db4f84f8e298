import { urls } from "@/app/_lib/urls";
import { type Draft, parts, queryOf } from "./draft";
import { HiddenFields } from "./hidden-fields";
import { StepButtons } from "./steps";

/** How each part is written. */
const inputs = {
  since: { label: "Position or time of the first event", placeholder: "48211907 or 2026-03-01T14:02Z", width: "w-80" },
  slices: { label: "First and last slice, from 0 to 1023", placeholder: "0-255", width: "w-40" },
  tenant: { label: "Tenant", placeholder: "", width: "w-80" },
} as const;

/**
 * The second step: everything, or a part. Where rows gather several streams a part cannot be told apart; then the whole is
 * offered, and the reason stands beside it.
 */
export function ScopeStep({
  store,
  name,
  draft,
  wholeOnly,
  fault,
}: {
  store: string;
  name: string;
  draft: Draft;
  wholeOnly: string | null;
  fault: string | null;
}) {
  const { mode, perSecond } = queryOf(draft, "dry-run");
  return (
    <form action={urls.rebuild(store, name)}>
      <HiddenFields query={{ step: "dry-run", mode, perSecond }} />
      <div className="grid max-w-2xl gap-4 px-4 pt-4">
        {wholeOnly ? <p>{wholeOnly}</p> : null}
        {fault ? (
          <p role="alert" className="text-bad">
            {fault}
          </p>
        ) : null}
        <fieldset className="grid gap-3">
          <legend className="mb-2 font-semibold">What is made anew?</legend>
          {Object.entries(parts).map(([value, [label, what]]) => {
            const input = value === "all" ? undefined : inputs[value as keyof typeof inputs];
            const off = value !== "all" && wholeOnly !== null;
            return (
              <div key={value} className="group grid gap-1">
                <label className={`flex items-baseline gap-2 ${off ? "text-muted" : ""}`}>
                  <input
                    type="radio"
                    name="part"
                    value={value}
                    disabled={off}
                    defaultChecked={value === (wholeOnly ? "all" : draft.part)}
                  />
                  <span>
                    {label}
                    <span className="block text-muted">{what}</span>
                  </span>
                </label>
                {input && !off ? (
                  <input
                    className={`field mono ml-6 hidden max-w-full group-has-checked:block ${input.width}`}
                    name={value}
                    aria-label={input.label}
                    title={input.label}
                    placeholder={input.placeholder}
                    maxLength={200}
                    defaultValue={value === draft.part ? draft.value : undefined}
                  />
                ) : null}
              </div>
            );
          })}
        </fieldset>
        <p className="text-muted">
          Rows outside a part are copied as they stand, from one snapshot of the generation that serves. All of them are
          compared before anything is promoted.
        </p>
      </div>
      <StepButtons back={urls.rebuild(store, name, queryOf(draft, "mode"))}>
        <button type="submit" className="btn" data-primary="" aria-keyshortcuts="Control+Enter">
          Try it on a sample
        </button>
      </StepButtons>
    </form>
  );
}
