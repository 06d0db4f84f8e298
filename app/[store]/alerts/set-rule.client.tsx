"use client";
import { useId, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import type { RuleRow } from "@/lib/queries/alert-rules";

/** Changes the settings of a rule; a field that is emptied goes back to what is declared. */
export function SetRule({ store, rule }: { store: string; rule: RuleRow }) {
  const id = useId();
  const before = Object.fromEntries(rule.settings.map(({ name, value }) => [name, String(value)]));
  const [values, setValues] = useState<Readonly<Record<string, string>>>(before);
  const changed = rule.settings.filter(({ name }) => values[name] !== before[name]);
  return (
    <ActSheet
      store={store}
      url={urls.api(store, `/alert-rules/${rule.name}`)}
      label="Set"
      confirm={`Set ${rule.title}`}
      done="The next evaluation goes by it"
      body={{
        settings: Object.fromEntries(
          changed.map(({ name }) => [name, values[name] === "" ? null : Number(values[name])]),
        ),
      }}
      ready={changed.length > 0}
      fields={rule.settings.map(({ name, words, unit, min, max, default: declared }) => (
        <div key={name} className="grid grid-cols-[1fr_auto] items-center gap-2">
          <label htmlFor={`${id}-${name}`}>
            {words} {unit ? `(${unit})` : ""}
          </label>
          <input
            id={`${id}-${name}`}
            type="number"
            className="field w-28"
            {...{ min, max, step: "any" }}
            placeholder={`${declared}`}
            value={values[name] ?? ""}
            onChange={(event) => setValues({ ...values, [name]: event.target.value })}
          />
        </div>
      ))}
    >
      The next evaluation goes by it. An empty field goes back to what the code declares.
    </ActSheet>
  );
}
