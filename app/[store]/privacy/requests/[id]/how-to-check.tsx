import { Section } from "@/app/_ui/page-header";
import type { SignedNote } from "@/lib/kernel/checkpoint-note";

/** Who signed the certificate, with which key, and how whoever holds it checks that without this server. */
export function HowToCheck({ note, keys }: { note: SignedNote; keys: readonly string[] }) {
  return (
    <Section title="How to check it" className="break-inside-avoid border-t pb-3">
      <dl className="space-y-2 px-4">
        {note.signatures.map(({ name, keyId, bytes }) => (
          <div key={keyId}>
            <dt className="text-muted">
              Signed by <span className="mono">{name}</span>, key id <span className="mono">{keyId}</span>, Ed25519
            </dt>
            <dd className="mono break-all">{Buffer.from(bytes).toString("base64")}</dd>
          </div>
        ))}
        <div>
          <dt className="text-muted">
            Public keys of the log, as this server names them: compare them with those you were given by another way
          </dt>
          {keys.map((key) => (
            <dd key={key} className="mono break-all">
              {key}
            </dd>
          ))}
        </div>
        <div>
          <dt className="text-muted">
            The signature is over the certificate file, not over this page. Whoever holds the file checks it anywhere:
          </dt>
          <dd className="mono break-all">tidemark shreds verify FILE --key KEY</dd>
        </div>
      </dl>
    </Section>
  );
}
