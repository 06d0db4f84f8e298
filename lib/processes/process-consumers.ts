import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { decodeEvents } from "@/lib/catalog/decode-known";
import type { DecodedEvent } from "@/lib/define";
import type { Process } from "@/lib/define-process";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { advance, ReactionFailed } from "@/lib/processes/advance";
import { beginInstances, lockInstances } from "@/lib/processes/instances";
import { eventInput } from "@/lib/processes/react";
import { type Applier, type Consumer, EventFailed } from "@/lib/subscriptions/consumer";

/** Processes as consumers of the log. */
export function processConsumers(processes: readonly Process[], catalog: Catalog): readonly Consumer[] {
  return processes.map((process) => ({
    ...processFacts(process, catalog),
    open: () => createProcessApplier(process, catalog),
  }));
}

/** What the database is told about a process. Its types are those it answers to, and older ones that are read as them. */
export function processFacts(process: Process, catalog: Catalog): Omit<Consumer, "open"> {
  const { name, version, partitions, sloMs } = process;
  const types = catalog.storedTypes(Object.keys(process.on));
  return { name, kind: "process", mode: "async", style: "handler", version, partitions, types, sloMs };
}

type Addressed = {
  readonly index: number;
  readonly stored: RecordedEvent;
  readonly event: DecodedEvent;
  readonly to: string;
};

/** Gives each event to its instance: state, inputs, commands and timers move in the transaction that moves the checkpoint. */
function createProcessApplier(process: Process, catalog: Catalog): Applier {
  return {
    forget: () => undefined,
    prepare: async (events) => {
      await catalog.bringKeys(events);
      const batch = events.flatMap((stored, index): Addressed[] => addressed(process, catalog, stored, index));
      return { kind: "transaction", run: (client) => apply(client, process, catalog, batch) };
    },
  };
}

function addressed(process: Process, catalog: Catalog, stored: RecordedEvent, index: number): Addressed[] {
  try {
    return decodeEvents(catalog, stored).flatMap((event) => {
      const to = Object.hasOwn(process.on, event.type) ? process.instance(event) : null;
      return to === null ? [] : [{ index, stored, event, to }];
    });
  } catch (error) {
    throw new EventFailed(index, stored, error);
  }
}

async function apply(
  client: pg.PoolClient,
  process: Process,
  catalog: Catalog,
  batch: readonly Addressed[],
): Promise<void> {
  if (batch.length === 0) return;
  const beginnings = new Map<string, DecodedEvent>();
  for (const { event, to } of batch) if (!beginnings.has(to) && process.begins(event)) beginnings.set(to, event);
  await beginInstances(
    client,
    process,
    [...beginnings].map(([instance, { correlationId, tenant, position }]) => ({
      ...{ instance, correlationId, tenant, position },
    })),
  );
  const instances = await lockInstances(client, process.name, [...new Set(batch.map(({ to }) => to))]);
  const given = batch.flatMap(({ event, to, ...place }) => {
    const instance = instances.get(to);
    // What came before an instance began is not its matter, even if it is replayed when the instance is there.
    if (!instance || event.position < instance.startedPosition) return [];
    return [{ ...place, instance, input: eventInput(event, place.stored.traceparent) }];
  });
  try {
    await advance(client, process, catalog, given);
  } catch (error) {
    const failed = error instanceof ReactionFailed ? given[error.place] : undefined;
    if (!failed || !(error instanceof ReactionFailed)) throw error;
    throw new EventFailed(failed.index, failed.stored, error.cause);
  }
}
