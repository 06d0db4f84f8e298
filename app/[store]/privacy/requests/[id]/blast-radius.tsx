import { urls } from "@/app/_lib/urls";
import { Facts } from "@/app/_ui/facts";
import { formatCount, plural, UNKNOWN } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { PositionPill } from "@/app/_ui/position-pill";
import { StatusPill } from "@/app/_ui/status-pill";
import type { LegalHold } from "@/lib/shred/legal-hold";
import { outsideOf } from "@/lib/shred/outside";
import type { ReadModelFootprint, ShredPreview } from "@/lib/shred/preview";

/** What forgetting the person would touch, as it was frozen; and what it does not reach. */
export function BlastRadius({
  store,
  preview,
  hash,
  hold,
}: {
  store: string;
  preview: ShredPreview;
  hash: string;
  hold: LegalHold | null;
}) {
  const { events, fields, streams, types, keys, readModels, exports, personExports, parked } = preview;
  const live = keys.filter((key) => key.live);
  return (
    <>
      <Section title="What it would erase" className="pb-3">
        <Facts
          facts={[
            [
              "keys to destroy",
              `${live.length} of ${keys.length} (epoch ${live.map(({ epoch }) => epoch).join(", ")})`,
            ],
            ["events", `${formatCount(events)} in ${plural(streams.count, "stream")}${streams.more ? " or more" : ""}`],
            ["sealed values", formatCount(fields)],
            ["exported files", exports === 0 ? "none kept" : `${exports} kept; personal values are sealed in them`],
            [
              "files about the person",
              personExports.length === 0 ? "none kept" : `${personExports.join(", ")}: removed with the keys`,
            ],
            ["legal hold", <HoldPill key="hold" hold={hold} />],
            [
              "looked through",
              <PositionPill key="to" position={preview.upTo} href={urls.position(store, preview.upTo)} />,
            ],
            ["frozen as", <IdChip key="hash" id={hash} what="hash of the preview" />],
          ]}
        />
      </Section>
      <div className="grid gap-x-6 border-t lg:grid-cols-2">
        <Section title="Events by type" className="pb-3">
          <PlainTable label="Events by type" heads={["Type", num("Events")]}>
            {Object.entries(types).map(([type, count]) => (
              <tr key={type}>
                <td className="first">
                  <Link href={urls.schemaType(store, type)} className="link">
                    {type}
                  </Link>
                </td>
                <td className="num">{formatCount(count)}</td>
              </tr>
            ))}
          </PlainTable>
        </Section>
        <Section title="Read models that read such events" className="pb-3">
          <ReadModels store={store} models={readModels} />
        </Section>
      </div>
      <Parked store={store} parked={parked} />
      <Section title="Outside of the promise" className="border-t pb-4">
        <ul className="list-disc space-y-0.5 pr-4 pl-8 text-muted">
          {outsideOf(exports).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function HoldPill({ hold }: { hold: LegalHold | null }) {
  if (hold === null) return <StatusPill status="ok">none</StatusPill>;
  return (
    <StatusPill status="bad">
      stands since {hold.setAt.slice(0, 10)}: {hold.reason}
    </StatusPill>
  );
}

/** Events of the person that a consumer has set aside: forgetting does not settle them. */
function Parked({ store, parked }: { store: string; parked: ShredPreview["parked"] }) {
  const consumers = Object.entries(parked);
  if (consumers.length === 0) return null;
  return (
    <Section title="Parked events of the person" className="border-t pb-3">
      <p className="px-4 pb-1 text-warn">
        They stay parked. Tried again afterwards, they read as forgotten, and whatever they still had to do for the
        person is done without their data. Retry or skip them first where that matters.
      </p>
      <PlainTable label="Parked events" heads={["Consumer", num("Events")]}>
        {consumers.map(([consumer, count]) => (
          <tr key={consumer} data-copy={consumer}>
            <td className="first">
              <Link href={urls.deadLetters(store, { consumer })} className="link">
                {consumer}
              </Link>
            </td>
            <td className="num">{formatCount(count)}</td>
          </tr>
        ))}
      </PlainTable>
    </Section>
  );
}

const fates: Readonly<Record<ReadModelFootprint["fate"], string>> = {
  rebuild: "made anew beside the live copy, then the old one is dropped",
  none: "left as it is: nothing of the person was found in it",
  blocked: "cannot be made anew: every append writes it",
};

function ReadModels({ store, models }: { store: string; models: readonly ReadModelFootprint[] }) {
  if (models.length === 0) return <p className="px-4 text-muted">None reads them.</p>;
  return (
    <PlainTable
      label="Read models"
      heads={["Read model", num("Rows", "Rows with a text of the person"), "What becomes of it"]}
    >
      {models.map(({ name, rows, fate }) => (
        <tr key={name} data-copy={name}>
          <td className="first">
            <Link href={urls.projection(store, name)} className="link">
              {name}
            </Link>
          </td>
          <td className="num">{rows === null ? UNKNOWN : formatCount(rows)}</td>
          <td className={`break whitespace-normal ${fate === "blocked" ? "text-bad" : "text-muted"}`}>{fates[fate]}</td>
        </tr>
      ))}
    </PlainTable>
  );
}
