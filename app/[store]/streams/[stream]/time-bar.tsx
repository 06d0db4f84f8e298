import { VersionSlider } from "@/app/_ui/version-slider.client";
import type { StreamPage } from "@/lib/queries/stream-page";
import { Bisection } from "./bisection";
import type { Here } from "./here";
import { JumpToTime } from "./jump-to-time";
import { ReadModelsReached } from "./read-models-reached";
import { StickyBar } from "./sticky-bar.client";

/** The bar below a stream: every way to choose a version, and how far the read models have come. */
export function TimeBar({
  store,
  page,
  version,
  at,
  where,
  after,
  here,
}: {
  store: string;
  page: StreamPage;
  version: number;
  /** A time that was asked for, and whether it is one. */
  at: { readonly text: string; readonly found: boolean } | undefined;
  where: string | undefined;
  after: number | undefined;
  here: Here;
}) {
  const pattern = here({ version: "{version}", from: undefined, vs: undefined });
  return (
    <StickyBar>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2 max-md:sticky max-md:bottom-14 max-md:z-3 max-md:border-t max-md:bg-surface">
        <VersionSlider
          version={version}
          head={page.stream.version}
          hrefPattern={pattern.replace("%7Bversion%7D", "{version}")}
          marks={page.snapshots.map((snapshot) => snapshot.version)}
        />
        <JumpToTime at={at?.text} missed={at?.found === false} here={here} />
      </div>
      {page.decider ? (
        <Bisection store={store} name={page.stream.stream} where={where} after={after} here={here} />
      ) : null}
      <ReadModelsReached store={store} reaches={page.readModels} />
    </StickyBar>
  );
}
