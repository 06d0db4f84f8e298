const BEGUN = "phase ";
const ENDED = " ended";

/**
 * Which phases of a run have begun and ended, as its log tells it: each once, however short it is and however often the run is
 * taken up and passes through it again. Lines wait here, in order, until they are taken to be written.
 */
export class PhaseLog {
  readonly #said: Set<string>;
  readonly #lines: string[] = [];

  /** `order` is the kind's; `said` are the lines that the log has already. */
  constructor(
    readonly order: readonly string[],
    said: readonly string[] = [],
  ) {
    this.#said = new Set(said);
  }

  /** A phase begins; those before it have ended. Going back to an earlier one, as a run does that is taken up again, ends none. */
  enter(phase: string): void {
    const at = this.order.indexOf(phase);
    this.#end(at < 0 ? [] : this.order.slice(0, at));
    this.#say(`${BEGUN}${phase}`);
  }

  /** All has been done. */
  finish(): void {
    this.#end(this.order);
  }

  /** The lines that wait; whoever takes them writes them, or puts them back. */
  take(): readonly string[] {
    return this.#lines.splice(0);
  }

  putBack(lines: readonly string[]): void {
    this.#lines.unshift(...lines);
  }

  #end(phases: readonly string[]): void {
    for (const phase of phases) if (this.#said.has(`${BEGUN}${phase}`)) this.#say(`${BEGUN}${phase}${ENDED}`);
  }

  #say(line: string): void {
    if (this.#said.has(line)) return;
    this.#said.add(line);
    this.#lines.push(line);
  }
}
