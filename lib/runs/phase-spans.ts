import { attributes } from "@/lib/telemetry/attributes";
import { openSpan } from "@/lib/telemetry/tracer";

/** The spans of a run's phases: one is open at a time. */
export class PhaseSpans {
  #open: { readonly end: () => void } | undefined;

  /** Ends the phase before. */
  enter(phase: string | null): void {
    this.leave();
    if (phase !== null) this.#open = openSpan(`phase ${phase}`, { [attributes.phase]: phase });
  }

  leave(): void {
    this.#open?.end();
    this.#open = undefined;
  }
}
