import path from "node:path";
import type pg from "pg";
import { type Catalog, createCatalog } from "@/lib/catalog/catalog";
import { type Commands, createCommands } from "@/lib/commands/handle";
import { openPool } from "@/lib/db/pool";
import { createReadDatabase, type ReadDatabase } from "@/lib/db/read-database";
import type { Projection } from "@/lib/define";
import { modules } from "@/lib/domain";
import { releasedSchemas } from "@/lib/domain/released-schemas";
import { createEventStore, type EventStore, type InlineConsumers } from "@/lib/event-store/store";
import { InvalidRequest } from "@/lib/kernel/errors";
import { armFailpoint } from "@/lib/kernel/failpoint";
import { limits } from "@/lib/kernel/limits";
import type { StoreSafety } from "@/lib/kernel/store-safety";
import type { KeyStore } from "@/lib/keys/key-store";
import { createSealing, type Sealing } from "@/lib/privacy/sealing";
import { processConsumers } from "@/lib/processes/process-consumers";
import { createInlineConsumers, inlineKnown } from "@/lib/projections/inline-consumers";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import type { RunKind } from "@/lib/runs/run";
import type { Config } from "@/lib/runtime/config";
import { withDemoFault } from "@/lib/runtime/demo-fault";
import { readDiskFree } from "@/lib/runtime/disk-free";
import { keepAppendCounts } from "@/lib/runtime/keep-append-counts";
import { keepCommandLog } from "@/lib/runtime/keep-command-log";
import { openKeys } from "@/lib/runtime/open-keys";
import { createRunKinds } from "@/lib/runtime/run-kinds";
import { sealingChoice } from "@/lib/runtime/sealing-choice";
import { createSnapshots, type Snapshots } from "@/lib/snapshots/snapshots";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { createLogger } from "@/lib/telemetry/logger";
import { keepTelemetry } from "@/lib/telemetry-store/keep-telemetry";

/** What a process is for; it decides how many connections it may take. */
export type ProcessRole = "console" | "worker" | "traffic";

/** The engine with the domains of this installation, ready for use by one process. */
export type Tidemark = {
  readonly config: Config & { readonly databaseUrl: string };
  /** Connections of the application's role. */
  readonly pool: pg.Pool;
  /** For pages and queries: the server refuses writes on it, and statements longer than `limits.readTimeoutMs`. */
  readonly reads: ReadDatabase;
  readonly store: EventStore;
  readonly catalog: Catalog;
  readonly commands: Commands;
  /** States that were put aside; commands and time travel go on from them. */
  readonly snapshots: Snapshots;
  readonly projections: readonly Projection[];
  /** What follows the log: projections and processes, as a worker runs them and a dry run tries them. */
  readonly consumers: readonly Consumer[];
  /** Names this process's build. */
  readonly build: string;
  /** What the store asks for before grave acts of operators. */
  readonly safety: StoreSafety;
  /** Whether what cannot be taken back needs a second person. */
  readonly twoPersons: boolean;
  /** The keys of personal fields, apart from the events; null where there is no key store and nothing is sealed. */
  readonly keys: KeyStore | null;
  /** The projections that are written by the append itself; an import must run them, too. */
  readonly inline: InlineConsumers;
  /** Seals personal fields before they are stored, imports' too; undefined where there is no key store. */
  readonly sealing: Sealing | undefined;
  /** Whether personal fields of new events are sealed. */
  readonly seals: () => Promise<boolean>;
  /** The kinds of long job, with what each can do. */
  readonly runKinds: readonly RunKind[];
  /** The folder of exported files. */
  readonly exports: string;
  /** Bytes free where the database lives; null when they cannot be seen. */
  readonly diskFree: () => Promise<number | null>;
  /** Closes every connection; waits for statements that run. */
  readonly close: () => Promise<void>;
};

/** Connections per process, writing and reading. All processes of an installation stay well below a server's usual 100. */
const CONNECTIONS: Readonly<Record<ProcessRole, { write: number; read: number }>> = {
  console: { write: 8, read: 8 },
  worker: { write: 10, read: 2 },
  traffic: { write: 4, read: 2 },
};

/**
 * Puts the engine together for one process: the only place where engine and domains meet. Connections open on first
 * use. Throws `InvalidRequest` without a database URL.
 */
export async function openTidemark(config: Config, role: ProcessRole): Promise<Tidemark> {
  const { databaseUrl: url, schema } = config;
  if (!url) {
    throw new InvalidRequest(
      "DATABASE_URL is missing. Start the parts with `npm start`, `npm run console` or `npm run worker`, which find the database.",
    );
  }
  armFailpoint(config.failpoint);
  const connections = CONNECTIONS[role];
  const name = `tidemark-${role}`;
  const known = inlineKnown(modules.flatMap(({ projections }) => projections));
  const pool = openPool({ url, schema, max: connections.write, applicationName: name, inline: known });
  const readPool = openPool({
    url,
    schema,
    max: connections.read,
    applicationName: `${name}-reads`,
    readOnly: true,
    statementTimeoutMs: limits.readTimeoutMs,
  });
  const keys =
    config.keys.url === undefined ? null : openKeys({ ...config.keys, url: config.keys.url }, `${name}-keys`, pool);
  const catalog = createCatalog(modules, releasedSchemas, keys);
  const seals = keys ? sealingChoice(pool, config.sealing) : async () => false;
  const sealing = createSealing(keys, catalog.personalPaths, seals);
  const inline = createInlineConsumers(catalog.projections, catalog, schema);
  const consumers = [
    ...projectionConsumers(catalog.projections, catalog, schema),
    ...processConsumers(catalog.processes, catalog),
  ];
  const store = createEventStore({ pool, inline, sealing });
  const stopCounting = keepAppendCounts(pool, `${name}-${process.pid}`);
  const log = createLogger(role, { level: config.logLevel });
  const reads = createReadDatabase(readPool);
  const exports = path.join(config.dataDirectory, "exports");
  const telemetry = keepTelemetry({ url, schema });
  const commandLog = keepCommandLog(pool, log);
  const snapshots = createSnapshots({ pool, store, catalog, writer: `${name}-${process.pid}`, log });
  const commands = createCommands({ store, catalog, snapshots, record: commandLog.record });
  keys?.onDestroyed(() => commands.forgetStates());
  return Object.freeze({
    config: { ...config, databaseUrl: url },
    pool,
    reads,
    store,
    catalog,
    commands,
    snapshots,
    projections: catalog.projections,
    inline,
    sealing,
    seals,
    consumers: config.demo ? withDemoFault(consumers) : consumers,
    build: config.build,
    safety: config.safety,
    twoPersons: config.twoPersons,
    keys,
    runKinds: createRunKinds({
      ...{ pool, reads, catalog, snapshots, keys, exports, store, build: config.build },
      signingKey: config.signingKey,
    }),
    exports,
    diskFree: () => readDiskFree(config),
    close: async () => {
      snapshots.stop();
      await Promise.all([stopCounting(), commandLog.stop()]);
      await Promise.all([telemetry.stop(), keys?.close(), pool.end(), readPool.end()]);
    },
  });
}
