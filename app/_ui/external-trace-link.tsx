import { ExternalLink } from "lucide-react";
import { externalTrace } from "@/app/_lib/external-trace";

/** A link to the same trace in the tracing back end that the installation names; nothing where it names none. */
export async function ExternalTraceLink({ traceparent }: { traceparent: string | null }) {
  const trace = await externalTrace(traceparent);
  if (!trace) return null;
  return (
    <a href={trace.href} target="_blank" rel="noreferrer" className="btn h-6" title={trace.href}>
      <ExternalLink size={13} strokeWidth={1.5} aria-hidden="true" /> Trace in {trace.host}
    </a>
  );
}
