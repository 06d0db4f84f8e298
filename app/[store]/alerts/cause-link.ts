import { urls } from "@/app/_lib/urls";
import type { Cause } from "@/lib/alerts/finding";

/** What an alert is about as one link: straight to the event where one is known, else to what stands nearest to it. */
export function causeLink(store: string, cause: Cause): { readonly href: string; readonly name: string } {
  if ("event" in cause && cause.event) return { href: urls.event(store, cause.event.eventId), name: "the event" };
  switch (cause.kind) {
    case "event":
    case "consumer":
      return consumerLink(store, cause);
    case "run":
      return { href: urls.run(store, cause.run), name: `R-${cause.run}` };
    case "history":
      return cause.run === null
        ? { href: urls.integrity(store), name: "Integrity" }
        : { href: urls.run(store, cause.run), name: `R-${cause.run}` };
    case "signing":
      return { href: urls.integrity(store), name: "Integrity" };
    case "requests":
      return requestLink(store, cause);
    case "appends":
      return cause.stream === null
        ? { href: urls.commandLog(store, { outcome: "conflict" }), name: "the conflicts" }
        : { href: urls.stream(store, cause.stream), name: "the stream" };
    case "mark":
      // What waits behind the mark cannot be read; the log ends with the last event that can, which need not be at the mark.
      return {
        href: urls.events(store, { before: String(BigInt(cause.position) + 1n) }),
        name: "the log up to the mark",
      };
    case "workers":
      return workersLink(store, cause);
  }
}

/** The page of a consumer, by what it is. */
export function consumerHref(store: string, name: string, kind: string | undefined): string {
  return kind === "process" ? urls.process(store, name) : urls.projection(store, name);
}

type Of<Kind extends Cause["kind"]> = Extract<Cause, { kind: Kind }>;

/** A consumer; of one that stands still, the partition that does. */
function consumerLink(store: string, cause: Of<"event"> | Of<"consumer">) {
  const { consumer } = cause;
  if (cause.kind === "consumer" && cause.partition !== null && cause.consumerKind !== "process") {
    const name = `partition ${cause.partition} of ${consumer}`;
    return { href: urls.partition(store, consumer, String(cause.partition)), name };
  }
  const kind = cause.kind === "consumer" ? cause.consumerKind : undefined;
  return { href: consumerHref(store, consumer, kind), name: consumer };
}

/** The request itself where one alone is told of or is due first; those that are overdue where it is not known which. */
function requestLink(store: string, { first, waiting, overdue }: Of<"requests">) {
  if (first !== undefined) {
    return { href: urls.shred(store, first), name: waiting === 1 ? "the request" : "the request that is due first" };
  }
  return { href: urls.privacy(store, overdue > 0 ? { state: "overdue" } : {}), name: "the requests" };
}

/** The first consumer that nobody holds; without one, the workers are told of by the overview. */
function workersLink(store: string, { consumers, kinds }: Of<"workers">) {
  const [first] = consumers;
  if (first === undefined) return { href: urls.overview(store), name: "the overview" };
  return { href: consumerHref(store, first, kinds?.[0]), name: first };
}
