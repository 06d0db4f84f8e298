import { LOCAL_STORE, urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { GoBox } from "@/app/_ui/go-box";

/** Nothing has this name: offers to look for it as anything else. */
export default function StoreNotFound() {
  return (
    <EmptyState
      heading="h1"
      title="Nothing here has that name"
      action={<GoBox action={urls.go(LOCAL_STORE, "").replace(/\?.*$/, "")} />}
    >
      <p>
        The event, stream or trace is not in this store, or not yet readable: it may stand above the high-water mark.
      </p>
    </EmptyState>
  );
}
