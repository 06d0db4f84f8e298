import { urls } from "@/app/_lib/urls";

/** Who promotes what was rebuilt, in the words of the choice. */
export const modes = {
  ask: ["Ask me", "It is compared row by row and then waits for an operator."],
  "when-equal": ["By itself when nothing differs", "Otherwise it waits for an operator."],
  "when-caught-up": ["By itself, whatever differs", "For a read model that is known to be wrong."],
} as const;

/** One of them. */
export type Mode = keyof typeof modes;

/** The first step: how it is rebuilt, and who promotes it. A plain form, so that the choice is in the address. */
export function ModeForm({ store, name, mode }: { store: string; name: string; mode: Mode }) {
  return (
    <form action={urls.rebuild(store, name)} className="grid max-w-2xl gap-4 px-4 py-4">
      <input type="hidden" name="step" value="review" />
      <p>
        A new generation is built beside the one that serves: from the whole log, up to now, then it follows. Readers
        keep the old rows until it is promoted, and the old generation is kept for going back.
      </p>
      <fieldset className="grid gap-3">
        <legend className="mb-2 font-semibold">When is it promoted?</legend>
        {Object.entries(modes).map(([value, [label, what]]) => (
          <label key={value} className="flex items-baseline gap-2">
            <input type="radio" name="mode" value={value} defaultChecked={value === mode} />
            <span>
              {label}
              <span className="block text-muted">{what}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div>
        <button type="submit" className="btn" data-primary="">
          See the plan
        </button>
      </div>
    </form>
  );
}
