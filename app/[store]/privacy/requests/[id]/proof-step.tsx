import { urls } from "@/app/_lib/urls";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { Facts } from "@/app/_ui/facts";
import { formatCount, formatDuration, plural } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { parseCertificate, type ShredCertificate } from "@/lib/kernel/shred-certificate";
import { CheckCertificate } from "./check-certificate.client";
import { HowToCheck } from "./how-to-check";
import { PrintButton } from "./print-button.client";

/** The last step: the signed certificate, what it says, and whether it holds as this browser checks it. */
export function ProofStep({ store, text, keys }: { store: string; text: string; keys: readonly string[] }) {
  const { note, certificate } = parseCertificate(text);
  const { request, events, outside, reason, ticket, legalBasis, coolingMinutes } = certificate;
  return (
    <>
      <p className="hidden px-4 pt-2 font-semibold text-title print:block">
        Certificate that a person was forgotten, request {request}
      </p>
      <div className="flex flex-wrap items-center gap-2 border-b px-4 py-2 print:hidden">
        <a
          className="btn"
          data-primary=""
          href={urls.api(store, `/shreds/${request}/certificate`)}
          download={`shred-certificate-${request}.txt`}
        >
          Download the certificate
        </a>
        <PrintButton />
        <CopyButton text={text} what="certificate" shown />
        <span className="text-muted text-data">
          It is checked anywhere, without this server:{" "}
          <span className="mono">tidemark shreds verify FILE --key KEY</span>
        </span>
      </div>
      <CheckCertificate text={text} keys={keys} />
      <Section title="What it says" className="border-t pb-3">
        <Facts
          facts={[
            [
              "cannot be read",
              `${formatCount(events.unreadable)} of ${plural(events.count, "event")}, ${formatCount(events.fields)} values`,
            ],
            [
              "appended meanwhile",
              events.late === 0 ? "none" : `${formatCount(events.late)}, unreadable from the first moment`,
            ],
            ["destroyed", <TimeCell key="at" at={certificate.destroyedAt} year />],
            ["final on", <Final key="final" certificate={certificate} />],
            ["asked by", certificate.requestedBy],
            ["approved by", certificate.approvedBy],
            [
              "could be withdrawn",
              coolingMinutes ? `for ${formatDuration(coolingMinutes * 60_000)}` : "not for a time",
            ],
            ["legal basis", legalBasis ?? "not said"],
            ["reason", reason],
            ["ticket", ticket],
            [
              "person",
              <IdChip
                key="who"
                id={certificate.subject}
                what="digest"
                whole
                href={urls.subject(store, certificate.subject)}
              />,
            ],
            ["tenant", certificate.tenant],
            ["preview", <IdChip key="hash" id={certificate.previewHash} what="hash of the preview" whole />],
            ["done by build", certificate.build],
            [
              "tombstone",
              <Link key="stone" className="link mono" href={urls.position(store, certificate.tombstone.position)}>
                #{formatCount(certificate.tombstone.position)}
              </Link>,
            ],
            ["checkpoints", checkpoints(certificate)],
          ]}
        />
      </Section>
      <div className="grid gap-x-6 border-t lg:grid-cols-2">
        <Section title="Keys that were destroyed" className="pb-3">
          <PlainTable label="Destroyed keys" heads={[num("Epoch"), "Key", "Destroyed"]}>
            {certificate.keys.map(({ id, epoch, destroyedAt }) => (
              <tr key={id} data-copy={id}>
                <td className="num">{epoch}</td>
                <td className="first">
                  <IdChip id={id} what="key id" whole />
                </td>
                <td className="second text-muted">
                  <TimeCell at={destroyedAt} year />
                </td>
              </tr>
            ))}
          </PlainTable>
        </Section>
        <Section title="Places that were looked at afterwards" className="pb-3">
          <PlainTable label="Places" heads={["Place", num("Left"), "How"]}>
            {certificate.places.map(({ place, checked, left }) => (
              <tr key={place}>
                <td className="first break whitespace-normal">{place}</td>
                <td className="num">
                  {left === null ? (
                    <StatusPill status="warn">not told</StatusPill>
                  ) : left === 0 ? (
                    "0"
                  ) : (
                    <StatusPill status="bad">{formatCount(left)}</StatusPill>
                  )}
                </td>
                <td className="second break whitespace-normal text-muted">{checked}</td>
              </tr>
            ))}
          </PlainTable>
        </Section>
      </div>
      <HowToCheck note={note} keys={keys} />
      <Section title="What it does not speak of" className="border-t pb-6">
        <ul className="list-disc space-y-0.5 pr-4 pl-8 text-muted">
          {outside.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function Final({ certificate: { finalOn } }: { certificate: ShredCertificate }) {
  return (
    <span className="inline-flex flex-wrap gap-x-2">
      <TimeCell at={finalOn} year />
      <span className="text-muted">
        {Date.parse(finalOn) > Date.now()
          ? "erased in what runs; until then a restored backup of the keys could be read"
          : "no backup of the keys is left, as was said"}
      </span>
    </span>
  );
}

function checkpoints({ checkpointBefore, checkpointAfter }: ShredCertificate): string {
  if (checkpointBefore === null && checkpointAfter === null) return "none: the log was not signed";
  if (checkpointBefore !== null && checkpointAfter !== null) return "of before and after are in it: history only grew";
  return checkpointAfter === null ? "the one of before is in it" : "the one of after is in it";
}
