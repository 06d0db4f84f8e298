import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatCount } from "@/app/_ui/format";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { PlainTable } from "@/app/_ui/plain-table";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { type Difference, differencesOf } from "@/lib/queries/generations";
import { openStore } from "../../../../open-store";

export const metadata: Metadata = { title: "Differences" };

type Props = { params: Promise<{ store: string; name: string; generation: string }> };

/** What would readers see otherwise? The rows in which a rebuilt generation and the one before it differ. */
export default async function DifferencesPage({ params }: Props) {
  const { store: slug, name: encoded, generation } = await params;
  const { store, context } = await openStore(slug);
  const name = decodeURIComponent(encoded);
  const found = await differencesOf(context, name, Number(generation)).catch((error: unknown) => {
    if (error instanceof NotFound || error instanceof InvalidRequest) notFound();
    throw error;
  });
  const { compared, differences } = found;
  return (
    <>
      <PageHeader
        parent={{ href: urls.projection(store, name), label: name }}
        title={`Generation ${found.generation} against ${found.live}`}
        status={
          <span className="text-data">
            {formatCount(compared.equal)} of {formatCount(compared.rows)} rows equal at position{" "}
            {formatCount(compared.position)} · {formatCount(compared.differing)} differ ·{" "}
            {formatCount(compared.onlyLive)} only in {found.live} · {formatCount(compared.onlyNew)} only in{" "}
            {found.generation}
          </span>
        }
      />
      <p className="px-4 pt-2 text-muted">
        Counted when the two were compared; the values of the first rows are those of now.
        {compared.exact
          ? ""
          : ` ${formatCount(compared.passed)} rows were passed over: generation ${found.live} lacks their events.`}
        {compared.columnsAdded.length > 0 ? ` New columns: ${compared.columnsAdded.join(", ")}.` : ""}
        {compared.columnsDropped.length > 0 ? ` Columns gone: ${compared.columnsDropped.join(", ")}.` : ""}
      </p>
      {differences.length === 0 ? (
        <EmptyState title="No row differs">Both generations say the same.</EmptyState>
      ) : (
        <Section title={`First ${differences.length}`} className="mt-3 border-t">
          <PlainTable
            label="Differing rows"
            heads={["Row", "Field", `Generation ${found.live}`, `Generation ${found.generation}`]}
          >
            {differences.map((difference) => (
              <DifferingRow key={difference.key.join("\u0000")} difference={difference} />
            ))}
          </PlainTable>
        </Section>
      )}
    </>
  );
}

const ONLY = { differs: null, "only-live": "no row", "only-new": "no row" } as const;

function DifferingRow({ difference: { key, kind, fields } }: { difference: Difference }) {
  return fields.map(({ name, live, rebuilt }, index) => (
    <tr key={name}>
      <td className="break mono">{index === 0 ? key.join(" · ") : ""}</td>
      <td className="text-muted max-md:w-28">{name}</td>
      <td className="mono clip max-w-96">{kind === "only-new" ? ONLY[kind] : (live ?? "null")}</td>
      <td className="mono clip max-w-96">
        <span className="text-muted md:hidden">→ </span>
        {kind === "only-live" ? ONLY[kind] : (rebuilt ?? "null")}
      </td>
    </tr>
  ));
}
