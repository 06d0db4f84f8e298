import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";

type Sheet = React.ComponentProps<typeof ActSheet>;

/** An act on one person, told by their digest; it always says why. `path` is below `/subjects`. */
export function PersonAct({
  store,
  digest,
  path,
  ...sheet
}: { digest: string; path: string } & Pick<Sheet, "store" | "act" | "label" | "confirm" | "done" | "children"> &
  Partial<Pick<Sheet, "next">>) {
  return <ActSheet store={store} url={urls.api(store, `/subjects/${path}`)} needsReason body={{ digest }} {...sheet} />;
}
