import { z } from "zod";
import { upcasterFaults } from "@/lib/catalog/check-upcasters";
import { personalPathsOf } from "@/lib/catalog/personal-paths";
import { type JsonSchema, schemaFields } from "@/lib/catalog/schema-form";
import type { DomainModule } from "@/lib/define";

/** Refuses modules that contradict each other, all faults in one message, so that a wrong build stops before it reads. */
export function checkModules(modules: readonly DomainModule[]): void {
  const faults = [
    ...duplicates(
      "module",
      modules.map(({ name }) => name),
    ),
    ...duplicates(
      "event type",
      modules.flatMap(({ events }) => Object.keys(events)),
    ),
    ...duplicates(
      "category",
      modules.flatMap(({ deciders }) => deciders.map(({ category }) => category)),
    ),
    ...duplicates(
      "consumer",
      modules.flatMap(({ projections, processes = [] }) => [...projections, ...processes].map(({ name }) => name)),
    ),
    ...modules.flatMap((module) => processFaults(module, modules)),
    ...modules.flatMap(moveFaults),
    ...modules.flatMap(invariantFaults),
    ...upcasterFaults(modules),
    ...modules.flatMap(categoryFaults),
    ...modules.flatMap(subjectFaults),
    ...modules.flatMap(snapshotFaults),
  ];
  if (faults.length > 0) throw new Error(`The domain modules cannot be used together: ${faults.join("; ")}.`);
}

function duplicates(kind: string, names: readonly string[]): string[] {
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `${kind} ${name} is declared twice`);
}

function categoryFaults({ deciders }: DomainModule): string[] {
  return deciders
    .filter(({ category }) => category === "" || category.includes("-"))
    .map(({ category }) => `category "${category}" could not be read back from a stream name`);
}

/** Snapshots closer together than this would cost more than the events they save. */
const SNAPSHOT_EVERY_MIN = 10;

function snapshotFaults({ deciders }: DomainModule): string[] {
  return deciders.flatMap(({ category, snapshots, stateVersion = 1, personal = [] }) => [
    ...(snapshots && personal.length > 0
      ? [
          `category ${category} wants snapshots of a state with personal data (${personal.join(", ")}), which would outlive its key`,
        ]
      : []),
    ...(snapshots &&
    "every" in snapshots &&
    !(Number.isInteger(snapshots.every) && snapshots.every >= SNAPSHOT_EVERY_MIN)
      ? [
          `category ${category} wants a snapshot every ${snapshots.every} events, and ${SNAPSHOT_EVERY_MIN} is the least`,
        ]
      : []),
    ...(Number.isInteger(stateVersion) && stateVersion >= 1
      ? []
      : [`category ${category} has the stateVersion ${stateVersion}, which is no whole number from 1`]),
  ]);
}

/** An invariant is asked of a column that can be added up, of the module's own read model. */
function invariantFaults({ invariants = [], projections }: DomainModule): string[] {
  return invariants
    .filter(({ projection, sumOf }) => {
      const columns = projections.find(({ name }) => name === projection)?.columns ?? {};
      return !["integer", "bigint"].includes(Object.hasOwn(columns, sumOf) ? (columns[sumOf] ?? "") : "");
    })
    .map(({ name, projection, sumOf }) => `invariant "${name}" adds up ${sumOf} of ${projection}, which is no number`);
}

/** A process hears of events that some module declares, in the version that it is declared in. */
function processFaults({ processes = [] }: DomainModule, modules: readonly DomainModule[]): string[] {
  return processes.flatMap(({ name, on, events }) =>
    Object.keys(on)
      .filter((type) => !modules.some((module) => module.events[type] === events[type]))
      .map((type) => `process ${name} answers to ${type}, which no module declares`),
  );
}

/** What a process's diagram says must be of the process: what it answers to, and a stage that it begins in. */
function moveFaults({ processes = [] }: DomainModule): string[] {
  return processes.flatMap(({ name, moves, on, onTimer, onRejection, stage, initialState }) => {
    const known = new Set([
      ...Object.keys(on),
      ...Object.keys(onTimer).map((timer) => `timer ${timer}`),
      ...Object.keys(onRejection).map((command) => `${command} rejected`),
    ]);
    const unknown = moves.flatMap((move) => move.on.filter((input) => !known.has(input)));
    const first = stage(initialState(""));
    return [
      ...unknown.map((input) => `process ${name} moves on ${input}, which it has no answer to`),
      ...(moves.length > 0 && moves[0]?.from !== first
        ? [`process ${name} begins in "${first}", and its moves begin in "${moves[0]?.from}"`]
        : []),
    ];
  });
}

/** Personal data whose subject cannot be found could never be sealed under anybody's key. */
function subjectFaults({ events }: DomainModule): string[] {
  return Object.values(events).flatMap(({ type, schema }) => {
    const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
    const paths = personalPathsOf(schema, []);
    const sealed = new Set(paths.map(({ path }) => path));
    return paths.flatMap(({ path, subject, ...standIn }) => [
      ...(Object.hasOwn(properties, subject.split(".")[0] ?? "")
        ? []
        : [`${type} has no ${subject}, whose personal data ${path} is`]),
      ...(sealed.has(subject)
        ? [`${subject} of ${type} says whose personal data ${path} is, and is to be sealed itself`]
        : []),
      ...("forgotten" in standIn || takesText(schema, path)
        ? []
        : [`${path} of ${type} takes no text: say what it reads as once its person is forgotten`]),
    ]);
  });
}

/** Whether some field at a path may be a text, by the type that its schema names. */
function takesText(schema: z.ZodType, path: string): boolean {
  const fields = schemaFields(z.toJSONSchema(schema, { io: "input" }) as JsonSchema);
  const form = fields.find((field) => field.path === path)?.form ?? "string";
  return !/^(integer|number|boolean|array|object)\b/.test(form);
}
