/** Events of one append that can be told apart; more do not fit into one append of the proof. */
const EVENTS_MAX = 32;

/** The events of jobs have numbers from here on, far above those of any append. */
const JOBS = 2 ** 50;

/** What a job's events are, in the order in which they are numbered. */
export const jobSteps = ["JobStarted", "JobRefused", "JobFinished"] as const;

/** The number of an append's event. */
export function eventNumber(append: number, index: number): number {
  return append * EVENTS_MAX + index;
}

/** The type of all events of an append. */
export function typeOf(append: number): "Noted" | "Marked" | "Stamped" {
  const rest = append % 10;
  return rest === 0 ? "Marked" : rest === 1 ? "Stamped" : "Noted";
}

/** Whether an event of this number is one of a writer's `Marked`: its type follows from the number of its append. */
export function isMarked(event: number): boolean {
  return event < JOBS && typeOf(Math.floor(event / EVENTS_MAX)) === "Marked";
}

/** Whether a job begins with this event: with the fourth of each fourth append of `Marked` events. */
export function beginsJob(event: number): boolean {
  return event < JOBS && event % (EVENTS_MAX * 40) === 3;
}

/** Whether the job that begins with this event refuses to be started. */
export function isStubborn(event: number): boolean {
  return Math.floor(event / (EVENTS_MAX * 40)) % 5 === 0;
}

/** The number of a job's event. */
export function jobNumber(job: number, step: (typeof jobSteps)[number]): number {
  return JOBS + job * jobSteps.length + jobSteps.indexOf(step);
}

/** The payload of an event, as it is stored. */
export function payloadOf(event: number): string {
  return JSON.stringify(dataOf(event));
}

/** The payload of an event as the domain has it. */
export function dataOf(event: number): { n: number; by: number } {
  return { n: event, by: event % 97 };
}

/** The number in a stored payload; NaN when it is not one of ours. */
export function numberIn(data: string): number {
  return Number(data.match(/^\{"n":(\d+),/)?.[1] ?? Number.NaN);
}
