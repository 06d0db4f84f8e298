import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";

/** Takes a request back before anything is destroyed: refused while it waits for approval, withdrawn once it has it. */
export function RefuseRequest({
  store,
  request,
  approved = false,
}: {
  store: string;
  request: string;
  approved?: boolean;
}) {
  return (
    <ActSheet
      store={store}
      url={urls.api(store, `/shreds/${request}/refuse`)}
      act="refuse-shred"
      label={approved ? "Withdraw" : "Refuse"}
      confirm={approved ? "Withdraw the approval" : "Refuse the request"}
      done={approved ? "Withdrawn: nothing is erased" : "The request is refused"}
      needsReason
    >
      Nothing is erased, and whom it was about is not kept. It can be requested again.
    </ActSheet>
  );
}
