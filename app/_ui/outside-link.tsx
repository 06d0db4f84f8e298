import { ExternalLink } from "lucide-react";
import type { ExternalTrace } from "@/app/_lib/fill-trace-url";

/** A link to a trace in a tracing back end. */
export function OutsideLink({ trace: { href, host } }: { trace: ExternalTrace }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className="btn h-6" title={href}>
      <ExternalLink size={13} strokeWidth={1.5} aria-hidden="true" /> Trace in {host}
    </a>
  );
}
