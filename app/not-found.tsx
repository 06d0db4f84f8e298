import { LOCAL_STORE, urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { Link } from "@/app/_ui/link.client";

/** An address outside every store. */
export default function NotFound() {
  return (
    <main>
      <EmptyState
        heading="h1"
        title="There is no such page"
        action={
          <Link className="btn" href={urls.overview(LOCAL_STORE)}>
            Open the overview
          </Link>
        }
      />
    </main>
  );
}
