import path from "node:path";
import { z } from "zod";
import { type ChannelAddress, channelAddress } from "@/lib/alerts/channel";
import { type RestrictedTarget, restrictedTargets } from "@/lib/alerts/send/allowed-target";
import type { Bucket } from "@/lib/integrity/bucket-witness";
import { InvalidRequest } from "@/lib/kernel/errors";
import { type Failpoint, failpoints } from "@/lib/kernel/failpoint";
import { type StoreSafety, storeSafeties } from "@/lib/kernel/store-safety";
import type { KekSource } from "@/lib/keys/open-keks";
import { kekVariables, readKekSource } from "@/lib/runtime/kek-source";

/** Everything that the environment decides, read once and frozen. */
export type Config = {
  /** Undefined: PostgreSQL of our own in the data folder. */
  readonly databaseUrl: string | undefined;
  /** SQL schema of the store. */
  readonly schema: string;
  /** Absolute path of the data folder. */
  readonly dataDirectory: string;
  /** The service token that was set by hand, with role admin. */
  readonly token: string | undefined;
  /** Every service token that is right: the one set by hand, and the installation's own from its data folder. */
  readonly tokens: readonly string[];
  readonly port: number;
  /** Whether PORT was set by hand; if not, the next free one is taken. */
  readonly portIsGiven: boolean;
  /** Gentle traffic in the built-in domains. */
  readonly demo: boolean;
  /** How many worker processes; 0 means console only. */
  readonly workers: number;
  /** How long an ended process instance is kept, in days; 0: for good. */
  readonly keepEndedDays: number;
  /** Where people find the console, for links in notices; null when nobody has said. */
  readonly consoleUrl: string | null;
  /** Kinds of address beside public ones that notices may be sent to. */
  readonly alertTargets: readonly RestrictedTarget[];
  /** What the store asks for before grave acts of operators. */
  readonly safety: StoreSafety;
  /** Whether another person than the one who asked approves that somebody is forgotten. */
  readonly twoPersons: boolean;
  /** Whether parts of stream names are indexed by trigrams, where the server has them. */
  readonly nameIndex: boolean;
  /** What signs checkpoint notes: a key that was given, or its file, which is made when there is none. */
  readonly signingKey: { readonly text: string } | { readonly file: string };
  /** Where the keys of personal fields are, and what they are wrapped with; without `url` a PostgreSQL of our own has them, if the events have one. */
  readonly keys: { readonly url: string | undefined; readonly kek: KekSource };
  /** Where checkpoint notes are published outside of the database, and how often at most. */
  readonly witness: {
    readonly folder: string | null;
    readonly webhook: Extract<ChannelAddress, { kind: "webhook" }> | null;
    readonly bucket: Bucket | null;
    readonly everyMs: number;
  };
  /** Whether personal fields of new events are sealed, where there is a key store; undefined: as the store has it. What is sealed is opened in any case. */
  readonly sealing: boolean | undefined;
  /** Names the build, for the dead letters that its code leaves. */
  readonly build: string;
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace";
  /** Where telemetry goes: whether OTEL_* variables name a place for spans, metrics and logs, and how many spans are kept here. */
  readonly telemetry: {
    readonly exportsTraces: boolean;
    readonly exportsMetrics: boolean;
    readonly exportsLogs: boolean;
    /** The newest spans that the database keeps; 0: none are written. */
    readonly keptSpans: number;
    /** An outside page about a trace, with `{traceId}` in it; undefined: none. */
    readonly traceUrl: string | undefined;
  };
  /** npm swallows SIGTERM: a process that it started must watch its parent. */
  readonly startedByNpm: boolean;
  /** For tests: where this process fails on purpose, written `label:nth`, then `:throw` or `:hang` instead of dying. */
  readonly failpoint: Failpoint | undefined;
};

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const flag = z.enum(["0", "1", "true", "false"]).transform((word) => word === "1" || word === "true");
const token = z.string().regex(/^\S+$/, "must not contain white space").max(512);
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, "must start with postgres:// or postgresql://");

/** Only an address that a browser may be sent to, and only the places that are known are filled in. */
const traceUrl = z
  .string()
  .max(2_000)
  .refine((text) => text.includes("{traceId}"), "must have {traceId} where the trace's id goes")
  .refine((text) => !/\{(?!(traceId|spanId)\})/.test(text), "knows {traceId} and {spanId} and nothing else in braces")
  .refine((text) => {
    const filled = text.replaceAll("{traceId}", "0").replaceAll("{spanId}", "0");
    return (
      URL.canParse(filled) &&
      /^https?:$/.test(new URL(filled).protocol) &&
      /^https?:\/\/[^{]*$/i.test(text.split("/", 3).join("/"))
    );
  }, "must be an http or https address, with its host written out");

const consoleAddress = z.string().regex(/^https?:\/\/[^\s?#]+$/, "must be an address, as https://tidemark.example.org");

const failpointText = z
  .string()
  .regex(
    new RegExp(`^(${failpoints.join("|").replaceAll(".", "\\.")}):[1-9]\\d{0,8}(:(kill|throw|hang))?$`),
    "must be label:nth or label:nth:action, with a label of lib/kernel/failpoint.ts",
  )
  .transform((text) => {
    const [label, nth, action = "kill"] = text.split(":");
    return { label, nth: Number(nth), action } as Failpoint;
  });

const environment = z.object({
  DATABASE_URL: databaseUrl.optional(),
  TIDEMARK_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,49}$/, "must be a plain lower-case SQL name")
    .default("tidemark"),
  TIDEMARK_DATA_DIR: z.string().default(".tidemark"),
  TIDEMARK_TOKEN: token.optional(),
  // From the supervisor to its children only.
  TIDEMARK_LOCAL_TOKEN: token.optional(),
  PORT: whole(1, 65_535).optional(),
  TIDEMARK_DEMO: flag.optional(),
  TIDEMARK_WORKERS: whole(0, 64).default(1),
  TIDEMARK_KEEP_ENDED_DAYS: whole(0, 36_500).default(90),
  TIDEMARK_KEEP_SPANS: whole(0, 10_000_000).default(200_000),
  TIDEMARK_TRACE_URL: traceUrl.optional(),
  TIDEMARK_NAME_INDEX: flag.default(false),
  TIDEMARK_SAFETY: z.enum(storeSafeties).default("open"),
  TIDEMARK_TWO_PERSONS: flag.optional(),
  TIDEMARK_SIGNING_KEY: token.optional(),
  TIDEMARK_SIGNING_KEY_FILE: z.string().max(4_096).optional(),
  TIDEMARK_KEYS_URL: databaseUrl.optional(),
  TIDEMARK_SEALING: flag.optional(),
  ...kekVariables,
  TIDEMARK_WITNESS_DIR: z.string().max(4_096).optional(),
  TIDEMARK_WITNESS_URL: z.string().max(2_000).optional(),
  TIDEMARK_WITNESS_SECRET: z.string().max(200).optional(),
  TIDEMARK_WITNESS_S3: z
    .string()
    .regex(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()/-]{0,500})?$/,
      "must be s3://bucket or s3://bucket/prefix",
    )
    .optional(),
  TIDEMARK_WITNESS_S3_DAYS: whole(1, 36_500).optional(),
  TIDEMARK_WITNESS_SECONDS: whole(1, 86_400).default(300),
  TIDEMARK_FAILPOINT: failpointText.optional(),
  TIDEMARK_PUBLIC_URL: consoleAddress.optional(),
  // From the supervisor to its children: where it started the console.
  TIDEMARK_URL: consoleAddress.optional(),
  TIDEMARK_ALERT_TARGETS: z
    .string()
    .transform((text) =>
      text
        .split(",")
        .map((word) => word.trim())
        .filter(Boolean),
    )
    .pipe(z.array(z.enum(restrictedTargets)))
    .default([]),
  TIDEMARK_BUILD: z.string().max(100).default("unnamed"),
  TIDEMARK_LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
});

/** The webhook that notes are published to, signed with its key as those of alerts are; null without one. Throws `InvalidRequest`. */
function witnessWebhook(url: string | undefined, secret: string | undefined): Config["witness"]["webhook"] {
  if (url === undefined) return null;
  const parsed = channelAddress.safeParse({ kind: "webhook", url, secret });
  if (parsed.success && parsed.data.kind === "webhook") return parsed.data;
  const issues = (parsed.error?.issues ?? []).map((issue) => ({
    path: issue.path[0] === "secret" ? "TIDEMARK_WITNESS_SECRET" : "TIDEMARK_WITNESS_URL",
    message: issue.message,
  }));
  const list = issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new InvalidRequest(`The environment is not usable. ${list}. Correct it and start again.`, issues);
}

/** The bucket that notes are published to; null without one. */
function witnessBucket(
  address: string | undefined,
  keptDays: number | undefined,
  given: Readonly<Record<string, string | undefined>>,
): Bucket | null {
  if (address === undefined) return null;
  const [bucket = "", ...rest] = address.slice("s3://".length).split("/");
  const prefix = rest.filter(Boolean).join("/");
  const pathStyle = (given.AWS_ENDPOINT_URL_S3 ?? given.AWS_ENDPOINT_URL) !== undefined;
  return { bucket, prefix: prefix === "" ? "" : `${prefix}/`, keptDays: keptDays ?? null, pathStyle };
}

/** Whether spans, metrics or logs leave the process: as their exporter says, else when there is an address for them. */
function exports(signal: "TRACES" | "METRICS" | "LOGS", given: Readonly<Record<string, string | undefined>>): boolean {
  if (given.OTEL_SDK_DISABLED === "true") return false;
  const exporter = given[`OTEL_${signal}_EXPORTER`];
  if (exporter !== undefined) return exporter !== "none";
  return (given.OTEL_EXPORTER_OTLP_ENDPOINT ?? given[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]) !== undefined;
}

/** Reads the environment; an empty variable counts as absent. Throws `InvalidRequest` naming each bad variable. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
    const list = issues.map((issue) => `${issue.path}: ${issue.message}`).join("; ");
    throw new InvalidRequest(`The environment is not usable. ${list}. Correct it and start again.`, issues);
  }
  const value = parsed.data;
  return Object.freeze({
    databaseUrl: value.DATABASE_URL,
    schema: value.TIDEMARK_SCHEMA,
    dataDirectory: path.resolve(value.TIDEMARK_DATA_DIR),
    token: value.TIDEMARK_TOKEN,
    tokens: [value.TIDEMARK_TOKEN, value.TIDEMARK_LOCAL_TOKEN].filter((one) => one !== undefined),
    port: value.PORT ?? 3000,
    portIsGiven: value.PORT !== undefined,
    demo: value.TIDEMARK_DEMO ?? value.DATABASE_URL === undefined,
    workers: value.TIDEMARK_WORKERS,
    keepEndedDays: value.TIDEMARK_KEEP_ENDED_DAYS,
    consoleUrl: value.TIDEMARK_PUBLIC_URL ?? value.TIDEMARK_URL ?? null,
    alertTargets: value.TIDEMARK_ALERT_TARGETS,
    nameIndex: value.TIDEMARK_NAME_INDEX,
    safety: value.TIDEMARK_SAFETY,
    twoPersons: value.TIDEMARK_TWO_PERSONS ?? value.TIDEMARK_SAFETY !== "open",
    signingKey: Object.freeze(
      value.TIDEMARK_SIGNING_KEY === undefined
        ? { file: path.resolve(value.TIDEMARK_SIGNING_KEY_FILE ?? path.join(value.TIDEMARK_DATA_DIR, "signing-key")) }
        : { text: value.TIDEMARK_SIGNING_KEY },
    ),
    keys: Object.freeze({
      url: value.TIDEMARK_KEYS_URL,
      kek: Object.freeze(readKekSource(value, path.join(value.TIDEMARK_DATA_DIR, "key-encryption-keys"))),
    }),
    witness: Object.freeze({
      folder: value.TIDEMARK_WITNESS_DIR === undefined ? null : path.resolve(value.TIDEMARK_WITNESS_DIR),
      webhook: witnessWebhook(value.TIDEMARK_WITNESS_URL, value.TIDEMARK_WITNESS_SECRET),
      bucket: witnessBucket(value.TIDEMARK_WITNESS_S3, value.TIDEMARK_WITNESS_S3_DAYS, given),
      everyMs: value.TIDEMARK_WITNESS_SECONDS * 1_000,
    }),
    sealing: value.TIDEMARK_SEALING,
    build: value.TIDEMARK_BUILD,
    logLevel: value.TIDEMARK_LOG_LEVEL,
    telemetry: Object.freeze({
      exportsTraces: exports("TRACES", given),
      exportsMetrics: exports("METRICS", given),
      exportsLogs: exports("LOGS", given),
      keptSpans: value.TIDEMARK_KEEP_SPANS,
      traceUrl: value.TIDEMARK_TRACE_URL,
    }),
    startedByNpm: given.npm_lifecycle_event !== undefined,
    failpoint: value.TIDEMARK_FAILPOINT,
  });
}

/** The environment of a child process: ours and `extra`; an undefined value takes a variable away. */
export function childEnvironment(extra: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}
