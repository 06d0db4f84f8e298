import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";

/** The two lists of privacy: what was asked for, and who is known. */
export function PrivacyTabs({ store, open }: { store: string; open: "requests" | "subjects" }) {
  return (
    <nav aria-label="Lists" className="segments">
      <Link href={urls.privacy(store)} aria-current={open === "requests" ? "true" : undefined}>
        Requests
      </Link>
      <Link href={urls.subjects(store)} aria-current={open === "subjects" ? "true" : undefined}>
        Subjects
      </Link>
    </nav>
  );
}
