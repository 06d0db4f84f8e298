import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";

const SECTIONS = [
  ["profile", "Profile"],
  ["notifications", "Notifications"],
  ["store", "Store"],
  ["safety", "Safety"],
] as const;

/** The sections of the settings; each is a page with an address of its own. */
export function SettingsTabs({ store, open }: { store: string; open: (typeof SECTIONS)[number][0] }) {
  return (
    <nav aria-label="Sections" className="segments">
      {SECTIONS.map(([section, label]) => (
        <Link key={section} href={urls.settings(store, section)} aria-current={section === open ? "true" : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
