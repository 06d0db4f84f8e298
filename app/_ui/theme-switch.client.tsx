"use client";
import { Monitor, Moon, Sun } from "lucide-react";
import { announce } from "./announce";
import { earlyPress } from "./early-press";
import { useTaste } from "./use-taste";

/** The themes; `system` follows the reader's machine. */
export type Theme = "system" | "light" | "dark";

const next: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const icons = { system: Monitor, light: Sun, dark: Moon };

/** One button through system, light, dark. The cookie lets the server draw the right theme at once: no flash. */
export function ThemeSwitch({ initial }: { initial: Theme }) {
  const [value, choose] = useTaste("theme", initial);
  const theme = value === "light" || value === "dark" ? value : "system";
  const Icon = icons[theme];
  const change = () => {
    const chosen = next[theme];
    choose(chosen);
    announce(`Theme: ${chosen}`);
  };
  return (
    <button
      {...earlyPress}
      type="button"
      className="icon-btn"
      onClick={change}
      aria-label={`Theme: ${theme}, switch to ${next[theme]}`}
      title={`Theme: ${theme}`}
    >
      <Icon size={16} strokeWidth={1.5} />
    </button>
  );
}
