import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { Glyph } from "@/app/_ui/glyph";
import type { RunPage } from "@/lib/queries/run-page";
import type { ShredRequest } from "@/lib/shred/shred-request";
import { RefuseRequest } from "./refuse-request";
import { RunPart } from "./run-part";

/** The fourth step: how the shred gets on, up to where it can be withdrawn, and what to do when it was interrupted behind that. */
export function ShredStep({
  store,
  request,
  page,
  mayAct,
}: {
  store: string;
  request: ShredRequest;
  page: RunPage;
  mayAct: boolean;
}) {
  const cancelled = page.run.state === "cancelled" && request.state === "shredding";
  return (
    <>
      <p className="flex max-w-prose items-start gap-2 px-4 pt-2 text-muted">
        <Glyph status={request.destroyedAt === null ? "idle" : "shred"} />
        {words(request)}
      </p>
      {cancelled ? (
        <div className="flex flex-wrap items-center gap-3 px-4 py-3">
          <span>
            Its run was cancelled after keys were destroyed. What was derived from them is still to be made anew.
          </span>
          <ActSheet
            store={store}
            url={urls.api(store, `/shreds/${request.id}/approve`)}
            act="approve-shred"
            named={request.id}
            label="Go on"
            confirm="Go on with the shred"
            done="It goes on"
            primary
            body={{ preview: request.previewHash }}
          >
            Another run begins where the cancelled one stopped: read models are made anew, every place is looked at, and
            the certificate is signed.
          </ActSheet>
        </div>
      ) : null}
      {request.state === "approved" ? (
        <div className="px-4 pt-3">
          <RefuseRequest store={store} request={request.id} approved />
        </div>
      ) : null}
      <RunPart store={store} page={page} mayAct={mayAct} />
    </>
  );
}

function words({ state, destroyedAt }: ShredRequest): string {
  if (destroyedAt !== null) return "The keys are destroyed. There is only forward: nobody can read what they sealed.";
  if (state === "shredding") return "The keys are being destroyed: from here on there is only forward.";
  if (state === "approved")
    return "It is checked once more that nothing has changed. Until that is done it can be withdrawn.";
  return "Nothing was destroyed.";
}
