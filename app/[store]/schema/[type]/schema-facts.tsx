import { urls } from "@/app/_lib/urls";
import { formatCount } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { PositionPill } from "@/app/_ui/position-pill";
import type { SchemaPage, SchemaVersion } from "@/lib/queries/schema-page";

/** Where each kind of reader is shown; a decider has no page, so the streams that it decides over. */
const readerHref = {
  projection: (store: string, name: string) => urls.projection(store, name),
  process: (store: string, name: string) => urls.process(store, name),
  decider: (store: string, name: string) => urls.streams(store, { category: name }),
} as const;

/** What stands beside a type's fields: the way of its versions, how much of each is stored, who reads it. */
export function SchemaFacts({ store, page, shown }: { store: string; page: SchemaPage; shown: SchemaVersion }) {
  return (
    <div className="min-w-0 space-y-3 pb-4">
      <Section title="Versions">
        <VersionTable store={store} page={page} shown={shown} />
        {page.countedUpTo === page.highWater ? null : (
          <p className="px-4 py-1 text-faint text-data">
            counted up to #{formatCount(page.countedUpTo)} of #{formatCount(page.highWater)}
          </p>
        )}
        <p className="px-4 pt-1">
          <Link href={urls.events(store, { q: `type:${page.type}` })} className="link">
            Events of this type
          </Link>
        </p>
      </Section>
      <Section title="Read by">
        {page.readers.length === 0 ? <p className="px-4 text-muted">Nobody.</p> : null}
        <ul className="px-4">
          {page.readers.map(({ kind, name, as }) => (
            <li key={`${kind} ${name}`} className="flex flex-wrap items-baseline gap-x-2 py-0.5">
              <Link href={readerHref[kind](store, name)} className="link">
                {name}
              </Link>
              <span className="text-faint text-data">
                {kind}
                {as.includes(page.type) ? "" : `, as ${as.join(" and ")}`}
              </span>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Personal fields">
        <ul className="px-4">
          {page.personal.length === 0 ? <li className="text-muted">None is declared.</li> : null}
          {page.personal.map(({ path, subject }) => (
            <li key={path}>
              <span className="mono">{path}</span> <span className="text-faint text-data">of {subject}</span>
            </li>
          ))}
        </ul>
      </Section>
      {shown.fingerprint === null ? null : (
        <Section title="Fingerprint">
          <div className="px-4">
            <IdChip id={shown.fingerprint} what="fingerprint" whole />
          </div>
        </Section>
      )}
    </div>
  );
}

function VersionTable({ store, page, shown }: { store: string; page: SchemaPage; shown: SchemaVersion }) {
  return (
    <PlainTable label={`Versions of ${page.type}`} heads={["Version", "Is read as", num("Events"), num("Last")]}>
      {page.versions.map(({ version, current, readable, becomes, volume }) => (
        <tr key={version} className={version === shown.version ? "bg-selected" : ""}>
          <td>
            <Link href={urls.schemaVersion(store, page.type, version)} className="link">
              v{version}
            </Link>
          </td>
          <td className="whitespace-normal text-muted">
            {current ? "current" : readable ? null : <span className="text-warn">cannot be read</span>}
            {becomes.map((form, index) => (
              <span key={`${form.type} ${form.version}`}>
                {index > 0 ? " + " : ""}
                <Link href={urls.schemaVersion(store, form.type, form.version)} className="link">
                  {form.type === page.type ? "" : `${form.type} `}v{form.version}
                </Link>
              </span>
            ))}
          </td>
          <td className="num">{volume ? formatCount(volume.events) : "0"}</td>
          <td className="num">
            {volume ? (
              <span title={`recorded ${volume.lastAt}`}>
                <PositionPill position={volume.lastPosition} href={urls.position(store, volume.lastPosition)} />
              </span>
            ) : (
              "–"
            )}
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}
