import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { InvalidRequest } from "@/lib/kernel/errors";
import type { KeyStore } from "@/lib/keys/key-store";
import { keyStatus } from "@/lib/queries/key-status";
import { listSubjects, type SubjectsPage } from "@/lib/queries/list-subjects";
import type { QueryContext } from "@/lib/queries/query-context";
import { openStore } from "../../open-store";
import { OfficersOnly } from "../officers-only";
import { PrivacyTabs } from "../privacy-tabs";
import { SealingState } from "../sealing-state";
import { FindPerson } from "./find-person.client";
import { SubjectTable } from "./subject-table";

export const metadata: Metadata = { title: "Subjects" };

const LIMIT = 50;

/** Finds the person that somebody asks about; and everybody something was sealed for, by digest. */
export default async function SubjectListPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal, keys, seals } = await openStore((await params).store);
  if (!hasRole(principal, "privacy-officer")) return <OfficersOnly title="Privacy" />;
  const cursor = one((await searchParams).cursor);
  const keyStore = await keyStatus(keys, seals);
  const found = keys !== null && keyStore.state === "ready" ? await read({ ...context, keys }, cursor) : null;
  return (
    <>
      <PageHeader title="Privacy" status={<PrivacyTabs store={store} open="subjects" />} />
      <SealingState keys={keyStore} />
      {keyStore.state === "ready" ? <FindPerson store={store} /> : null}
      {found === null ? null : found.subjects.length > 0 ? (
        <SubjectTable store={store} subjects={found.subjects} />
      ) : (
        <EmptyState
          title={cursor === undefined ? "Nothing was sealed yet" : "Nobody stands before that place"}
          action={
            cursor === undefined ? undefined : (
              <Link className="btn" href={urls.subjects(store)}>
                Show the newest
              </Link>
            )
          }
        >
          {cursor === undefined ? (
            <p>A person appears here with the first event in which a personal field of theirs is sealed.</p>
          ) : null}
        </EmptyState>
      )}
      {found === null ? null : (
        <Pager
          summary={`${found.subjects.length} shown, by digest: who they are is not known here`}
          newer={cursor === undefined ? undefined : urls.subjects(store)}
          newerLabel="Newest"
          older={found.next === null ? undefined : urls.subjects(store, { cursor: found.next })}
        />
      )}
    </>
  );
}

/** A place that nobody can read is as good as none. */
async function read(
  context: Pick<QueryContext, "reads"> & { readonly keys: KeyStore },
  cursor: string | undefined,
): Promise<SubjectsPage> {
  try {
    return await listSubjects(context, { cursor, limit: LIMIT });
  } catch (error) {
    if (error instanceof InvalidRequest) return listSubjects(context, { limit: LIMIT });
    throw error;
  }
}
