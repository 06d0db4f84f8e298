import { formatAgo } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import type { AlertWatch } from "@/lib/queries/list-alerts";

/** Says when nobody evaluates the rules, or some cannot look: then the absence of alerts is no good news. */
export function WatchLine({ watch, now }: { watch: AlertWatch; now: number }) {
  if (!watch.stale && watch.blind.length === 0) return null;
  return (
    <p role="alert" className="flex items-center gap-2 border-b bg-warn-tint px-4 py-2 text-warn">
      <Glyph status="warn" size={12} />
      {!watch.stale
        ? `Could not look in time: ${watch.blind.join(", ")}. What these rules watch is unknown; their alerts stay as they were.`
        : watch.evaluatedAt === null
          ? "The rules have never been evaluated. Start a worker: npm run worker."
          : `The rules were evaluated last ${formatAgo(watch.evaluatedAt, now)}. What is shown may be old; start a worker.`}
    </p>
  );
}
