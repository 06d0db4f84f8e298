"use client";
import { announce } from "@/app/_ui/announce";
import type { Taste } from "@/app/_ui/taste";
import { useTaste } from "@/app/_ui/use-taste";

type Choice = { readonly value: string; readonly label: string };

const TASTES: readonly {
  readonly taste: Exclude<Taste, "swaps">;
  readonly label: string;
  readonly about: string;
  readonly choices: readonly Choice[];
}[] = [
  {
    taste: "theme",
    label: "Theme",
    about: "System follows what this machine is set to.",
    choices: [
      { value: "system", label: "System" },
      { value: "light", label: "Light" },
      { value: "dark", label: "Dark" },
    ],
  },
  {
    taste: "tz",
    label: "Times",
    about: "UTC is what colleagues and screenshots share. The key u changes it anywhere.",
    choices: [
      { value: "utc", label: "UTC" },
      { value: "local", label: "Your own zone" },
    ],
  },
  {
    taste: "density",
    label: "Rows",
    about: "The height of a row: 28, 32 or 40 pixels.",
    choices: [
      { value: "compact", label: "Compact" },
      { value: "standard", label: "Standard" },
      { value: "comfortable", label: "Comfortable" },
    ],
  },
  {
    taste: "nav",
    label: "Navigation",
    about: "Folded, it shows signs alone. The key [ changes it anywhere.",
    choices: [
      { value: "open", label: "Open" },
      { value: "folded", label: "Folded" },
    ],
  },
  {
    taste: "keys",
    label: "Single keys",
    about:
      "Off, letters and marks alone do nothing: for speech input, or hands that slip. Ctrl K, Enter and the arrows stay.",
    choices: [
      { value: "on", label: "On" },
      { value: "off", label: "Off" },
    ],
  },
];

/** What a person likes, each a row of choices that hold at once. */
export function ProfileForm({ initial }: { initial: Readonly<Record<Exclude<Taste, "swaps">, string>> }) {
  return (
    <div className="grid max-w-4xl gap-4 px-4 py-3">
      {TASTES.map((row) => (
        <TasteRow key={row.taste} {...row} initial={initial[row.taste]} />
      ))}
    </div>
  );
}

function TasteRow({ taste, label, about, choices, initial }: (typeof TASTES)[number] & { initial: string }) {
  const [value, choose] = useTaste(taste, initial);
  return (
    <fieldset className="grid gap-x-6 gap-y-1 sm:grid-cols-[8rem_17rem_1fr] sm:items-center">
      <legend className="sr-only">{label}</legend>
      <span aria-hidden="true" className="font-medium">
        {label}
      </span>
      <span className="segments w-fit">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className="cursor-pointer has-checked:bg-selected has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-focus"
          >
            <input
              type="radio"
              name={taste}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => {
                choose(choice.value);
                announce(`${label}: ${choice.label}`);
              }}
              className="sr-only"
            />
            {choice.label}
          </label>
        ))}
      </span>
      <span className="text-muted text-data">{about}</span>
    </fieldset>
  );
}
