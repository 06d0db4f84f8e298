import { urls } from "@/app/_lib/urls";
import type { JsonSchema } from "@/app/_ui/form-field";
import { Link } from "@/app/_ui/link.client";
import type { Here } from "./here";
import { WhatIfForm } from "./what-if-form.client";

/** Runs a command on the state that is shown, dry: the commands of the category, and the form of the chosen one. */
export function WhatIf({
  store,
  name,
  version,
  chosen,
  commands,
  here,
}: {
  store: string;
  name: string;
  version: number;
  chosen: string | undefined;
  commands: readonly { readonly name: string; readonly description: string; readonly schema: JsonSchema }[];
  here: Here;
}) {
  const command = commands.find((known) => known.name === chosen);
  return (
    <details open={chosen !== undefined} className="border-t">
      <summary className="caps cursor-pointer px-4 py-2 hover:text-ink" aria-keyshortcuts="w">
        What if: run a command on this state
      </summary>
      <nav aria-label="Commands to try" className="flex flex-wrap gap-x-3 gap-y-1 px-4 pb-2">
        {commands.map((known) => (
          <Link
            key={known.name}
            href={here({ run: known.name })}
            replace
            scroll={false}
            title={known.description}
            aria-current={known.name === chosen ? "true" : undefined}
            className="link aria-[current=true]:font-semibold aria-[current=true]:text-ink"
          >
            {known.name}
          </Link>
        ))}
      </nav>
      {command ? (
        <WhatIfForm
          key={command.name}
          url={urls.api(store, `/streams/${encodeURIComponent(name)}/what-if`)}
          version={version}
          command={command.name}
          description={command.description}
          schema={command.schema}
        />
      ) : null}
    </details>
  );
}
