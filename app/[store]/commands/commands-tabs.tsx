import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";

/** What may be asked, and what was. */
export function CommandsTabs({ store, open }: { store: string; open: "catalogue" | "log" }) {
  return (
    <nav aria-label="Commands" className="segments">
      <Link href={urls.commands(store)} aria-current={open === "catalogue" ? "true" : undefined}>
        Catalogue
      </Link>
      <Link href={urls.commandLog(store)} aria-keyshortcuts="l" aria-current={open === "log" ? "true" : undefined}>
        Log
      </Link>
    </nav>
  );
}
