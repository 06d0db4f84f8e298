import { urls } from "@/app/_lib/urls";
import { type Draft, modes, queryOf } from "./draft";
import { HiddenFields } from "./hidden-fields";
import { StepButtons } from "./steps";

/** The first step: who promotes what was rebuilt, and how fast it may go. A plain form: the choice is in the address. */
export function ModeStep({ store, name, draft }: { store: string; name: string; draft: Draft }) {
  const { mode: _, perSecond, ...kept } = queryOf(draft, "scope");
  return (
    <form action={urls.rebuild(store, name)}>
      <HiddenFields query={kept} />
      <div className="grid max-w-2xl gap-4 px-4 pt-4">
        <p>
          Side by side: a new generation is built beside the one that serves and then follows the log. Readers keep the
          old rows until it is promoted, and the old generation is kept for going back until somebody retires it.
        </p>
        <fieldset className="grid gap-3">
          <legend className="mb-2 font-semibold">When is it promoted?</legend>
          {Object.entries(modes).map(([value, [label, what]]) => (
            <label key={value} className="flex items-baseline gap-2">
              <input type="radio" name="mode" value={value} defaultChecked={value === draft.mode} />
              <span>
                {label}
                <span className="block text-muted">{what}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <label className="grid gap-1">
          <span className="font-semibold">At most so many events a second</span>
          <span className="text-muted">
            Empty: as fast as one process folds. It can be changed while the rebuild is under way.
          </span>
          <input
            className="field w-40"
            type="number"
            name="perSecond"
            min={1}
            max={10_000_000}
            defaultValue={typeof perSecond === "number" ? perSecond : undefined}
          />
        </label>
      </div>
      <StepButtons>
        <button type="submit" className="btn" data-primary="" aria-keyshortcuts="Control+Enter">
          Choose the scope
        </button>
      </StepButtons>
    </form>
  );
}
