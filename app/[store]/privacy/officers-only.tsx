import { EmptyState } from "@/app/_ui/empty-state";
import { PageHeader } from "@/app/_ui/page-header";

/** What somebody sees who may not look at personal matters. */
export function OfficersOnly({ title }: { title: string }) {
  return (
    <>
      <PageHeader title={title} />
      <EmptyState title="A privacy officer may look at this">
        Your role lets you look at events with personal fields masked. Whoever is admin grants privacy-officer.
      </EmptyState>
    </>
  );
}
