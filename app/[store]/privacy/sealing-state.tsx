import { Glyph, type Status } from "@/app/_ui/glyph";
import type { KeyStatus } from "@/lib/queries/key-status";

/** What cannot be promised as things stand, said plainly; nothing where personal fields are sealed and the key store answers. */
export function SealingState({ keys }: { keys: KeyStatus }) {
  if (keys.state === "off") {
    return (
      <Remark status="warn" title="Nothing is sealed here">
        There is no key store, so personal fields are stored as they are, in every backup, too. Nobody can be forgotten,
        and nothing on these pages can promise it. <span className="mono">docs/keys.md</span> says how to begin one.
      </Remark>
    );
  }
  if (keys.state === "down") {
    return (
      <Remark status="bad" title="The key store does not answer">
        {keys.why} Nothing is taken for forgotten meanwhile; appends with personal fields are refused.
      </Remark>
    );
  }
  if (keys.sealing) return null;
  return (
    <Remark status="warn" title="Sealing is off">
      Personal fields of new events are stored as they are. What stands unsealed in the log can be read for good, and
      forgetting a person does not reach it: only what was sealed is erased, and a certificate speaks of nothing else.{" "}
      <span className="mono">TIDEMARK_SEALING=1</span> switches it on.
    </Remark>
  );
}

function Remark({ status, title, children }: { status: Status; title: string; children: React.ReactNode }) {
  return (
    <div role="note" className="flex items-baseline gap-2 border-b bg-warn-tint px-4 py-2">
      <Glyph status={status} />
      <p className="max-w-prose">
        <strong className="font-semibold">{title}.</strong> {children}
      </p>
    </div>
  );
}
