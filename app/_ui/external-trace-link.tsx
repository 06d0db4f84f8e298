import { externalTrace } from "@/app/_lib/external-trace";
import { OutsideLink } from "./outside-link";

/** A link to the same trace in the tracing back end that the installation names; nothing where it names none. */
export async function ExternalTraceLink({ traceparent }: { traceparent: string | null }) {
  const trace = await externalTrace(traceparent);
  return trace ? <OutsideLink trace={trace} /> : null;
}
