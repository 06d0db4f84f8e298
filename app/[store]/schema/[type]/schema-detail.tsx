import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { one } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { NotFound } from "@/lib/kernel/errors";
import { type SchemaPage, type SchemaVersion, schemaPage } from "@/lib/queries/schema-page";
import { openStore } from "../../open-store";
import { verdictLooks } from "../verdict";
import { SchemaDifference } from "./schema-difference";
import { SchemaFacts } from "./schema-facts";
import { SchemaFields } from "./schema-fields";
import { TryUpcast } from "./try-upcast.client";

/** What a version of an event type means, what it becomes, who reads it, how much of it is stored, and whether it may change. */
export async function SchemaDetail({
  slug,
  type,
  version,
  query,
}: {
  slug: string;
  type: string;
  version: number | undefined;
  query: Readonly<Record<string, string | string[] | undefined>>;
}) {
  const { store, context } = await openStore(slug);
  const page = await schemaPage(context, type).catch((error: unknown) => {
    if (error instanceof NotFound) notFound();
    throw error;
  });
  const shown = version === undefined ? page.versions[0] : page.versions.find((known) => known.version === version);
  if (!shown) notFound();
  const [before, after] = pairOf(page, one(query.diff));
  const older = page.versions.find((known) => known.version < shown.version);
  return (
    <div data-copy-page={type}>
      <PageHeader
        parent={{ href: urls.schema(store), label: "Schema" }}
        title={type}
        status={
          <>
            <span className="text-data">v{shown.version}</span>
            {shown.verdict ? (
              <StatusPill status={verdictLooks[shown.verdict].status} title={shown.advice ?? undefined}>
                {verdictLooks[shown.verdict].word}
              </StatusPill>
            ) : null}
            {page.known === "current" ? null : (
              <StatusPill status={page.known === "unknown" ? "warn" : "idle"}>{KNOWN[page.known]}</StatusPill>
            )}
          </>
        }
      >
        <Versions store={store} page={page} shown={shown} />
        {older?.schema && shown.schema ? (
          <Link
            href={urls.schemaVersion(store, type, shown.version, { diff: `${older.version}..${shown.version}` })}
            className="btn"
            aria-keyshortcuts="d"
          >
            Diff v{older.version}
          </Link>
        ) : null}
      </PageHeader>
      {shown.advice === null ? null : <p className="border-b px-4 py-2">{shown.advice}</p>}
      <div className="grid xl:grid-cols-[minmax(0,1fr)_420px]">
        <div className="min-w-0 space-y-4 pb-4 xl:border-r">
          {before && after ? (
            <SchemaDifference before={before} after={after} />
          ) : (
            <SchemaFields page={page} shown={shown} />
          )}
          {shown.becomes.length > 0 || shown.current ? (
            <Section title="Try it" aside={<span className="text-faint text-data">nothing is stored</span>}>
              <TryUpcast key={shown.version} store={store} type={type} version={shown.version} schema={shown.schema} />
            </Section>
          ) : null}
        </div>
        <SchemaFacts store={store} page={page} shown={shown} />
      </div>
    </div>
  );
}

const KNOWN = { retired: "retired", own: "Tidemark's own audit", unknown: "not in the code" } as const;

function Versions({ store, page, shown }: { store: string; page: SchemaPage; shown: SchemaVersion }) {
  const at = page.versions.indexOf(shown);
  const oldestFirst = [...page.versions].reverse();
  return (
    <nav aria-label="Versions" className="segments">
      {oldestFirst.map(({ version, volume }) => (
        <Link
          key={version}
          href={urls.schemaVersion(store, page.type, version)}
          aria-current={version === shown.version ? "true" : undefined}
          aria-keyshortcuts={
            page.versions[at + 1]?.version === version
              ? ","
              : page.versions[at - 1]?.version === version
                ? "."
                : undefined
          }
          title={`${volume ? formatCount(volume.events) : "No"} events`}
        >
          v{version}
        </Link>
      ))}
    </nav>
  );
}

/** `2..3` of the address as the two versions, when both are there and recorded. */
function pairOf(page: SchemaPage, text: string | undefined): readonly (SchemaVersion | undefined)[] {
  const [, from, to] = text?.match(/^(\d{1,6})\.\.(\d{1,6})$/) ?? [];
  return [from, to].map((number) => page.versions.find(({ version, schema }) => schema && String(version) === number));
}
