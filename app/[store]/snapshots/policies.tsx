import { urls } from "@/app/_lib/urls";
import { formatCount } from "@/app/_ui/format";
import { Section } from "@/app/_ui/page-header";
import { PositionPill } from "@/app/_ui/position-pill";
import type { SnapshotCategory } from "@/lib/queries/snapshots-page";

/** When each category's states are put aside, and by which code. */
export function Policies({ store, categories }: { store: string; categories: readonly SnapshotCategory[] }) {
  if (categories.length === 0) return null;
  return (
    <Section title="Policies" className="border-b pb-2">
      <dl className="grid gap-x-6 gap-y-1 px-4 pt-1 sm:grid-cols-[max-content_1fr]">
        {categories.map(({ category, policy, every, fingerprint, stateVersion, lookedUpTo }) => (
          <div key={category} className="contents">
            <dt className="mono font-medium">{category}</dt>
            <dd className="flex flex-wrap items-center gap-x-3 text-muted">
              <span>{policy.startsWith("every") ? policy : `${policy}, at every ${formatCount(every)} events`}</span>
              <span>
                code <span className="mono">{fingerprint.slice(0, 8)}</span>, state version {stateVersion}
              </span>
              <span>
                {lookedUpTo === null ? (
                  "no worker has looked yet"
                ) : (
                  <>
                    looked through up to <PositionPill position={lookedUpTo} href={urls.position(store, lookedUpTo)} />
                  </>
                )}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
