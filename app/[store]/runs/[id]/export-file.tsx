import { urls } from "@/app/_lib/urls";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { formatBytes, plural } from "@/app/_ui/format";
import { Section } from "@/app/_ui/page-header";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { Demand } from "@/lib/operations/safety";
import type { ExportRow } from "@/lib/queries/list-exports";

/** The file that an export has made: what it holds, how to check it, until when it is kept. */
export function ExportFile({ store, made, demand }: { store: string; made: ExportRow; demand: Demand }) {
  const { run, file, events, bytes, sha256, expiresAt, removedAt, masked, ofPerson } = made;
  if (removedAt !== null) {
    return (
      <Section title="File" className="border-t pb-3">
        <p className="px-4 text-muted">
          {file} was removed <TimeCell at={removedAt} year />. Export again to have it.
        </p>
      </Section>
    );
  }
  if (sha256 === null || events === null || bytes === null || expiresAt === null) return null;
  return (
    <Section title="File" className="border-t pb-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4">
        <Download url={urls.api(store, `/exports/${run}/file`)} file={file} demand={demand} />
        <span>
          {plural(events, "event")}, {formatBytes(bytes)},{" "}
          {ofPerson ? "personal fields of one person opened" : `personal fields ${masked ? "masked" : "as they are"}`}
        </span>
        <span className="text-muted">
          kept until <TimeCell at={expiresAt} year />
        </span>
        <span className="mono flex min-w-0 items-center gap-1 text-muted">
          <span className="truncate">sha256 {sha256}</span>
          <CopyButton text={sha256} what="the SHA-256" />
        </span>
      </div>
    </Section>
  );
}

/** The way to the file: at once, with a reason where the store asks for one, or not at all. */
function Download({ url, file, demand }: { url: string; file: string; demand: Demand }) {
  if (demand.locked) return <span className="text-muted">This store is locked: no file leaves it.</span>;
  if (!demand.reason) {
    return (
      <a className="btn" data-primary href={url} download aria-keyshortcuts="d">
        Download {file}
      </a>
    );
  }
  return (
    <form action={url} className="flex flex-wrap items-center gap-2">
      <label htmlFor="download-reason">Reason</label>
      <input id="download-reason" name="reason" className="field" maxLength={500} required />
      <button type="submit" className="btn" data-primary="">
        Download {file}
      </button>
    </form>
  );
}
