import { usage } from "@/bin/cli/cli-error";

/** Which column of a CSV file is what. */
export type ColumnMap = {
  /** Attribute → column: `stream`, `type` and what else was mapped. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Path within the data → column; empty: every column that is not an attribute. */
  readonly data: ReadonlyMap<string, string>;
  readonly source: string;
  /** Put before each stream's name, with a dash. */
  readonly category: string | undefined;
};

const ATTRIBUTES = [
  ...["stream", "type", "time", "id", "correlationid", "causationid"],
  ...["actor", "tenant", "traceparent", "schemaversion"],
];

/**
 * Reads `stream=case_id,type=activity,time=timestamp,data.amount=amount`. Throws a usage error that names what is wrong;
 * `stream` and `type` must be there.
 */
export function parseColumnMap(text: string, source: string, category: string | undefined): ColumnMap {
  const attributes = new Map<string, string>();
  const data = new Map<string, string>();
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, equals).trim();
    const column = part.slice(equals + 1).trim();
    if (equals < 1 || column === "") throw usage(`--map has "${part}", which is not like type=activity.`, EXAMPLE);
    const into = name.startsWith("data.") ? data : attributes;
    const key = into === data ? name.slice("data.".length) : name;
    if (into === attributes && !ATTRIBUTES.includes(name)) {
      throw usage(`--map does not know ${name}.`, `It knows ${ATTRIBUTES.join(", ")}, and data.<name>.`);
    }
    if (into.has(key)) throw usage(`--map has ${name} twice.`, EXAMPLE);
    into.set(key, column);
  }
  refuseNested([...data.keys()]);
  for (const needed of ["stream", "type"]) {
    if (!attributes.has(needed)) throw usage(`--map does not say which column is the ${needed}.`, EXAMPLE);
  }
  return { attributes, data, source, category };
}

/** Throws a usage error when a mapped column is not in the file. */
export function checkColumns(map: ColumnMap, columns: readonly string[]): void {
  for (const [name, column] of [...map.attributes, ...map.data]) {
    if (!columns.includes(column)) {
      throw usage(`The file has no column ${column} (for ${name}).`, `Its columns are ${columns.join(", ")}.`);
    }
  }
}

/** `data.a` cannot be a text and an object at once. */
function refuseNested(paths: readonly string[]): void {
  for (const path of paths) {
    if (path.split(".").some((step) => step === ""))
      throw usage(`--map has data.${path}, whose path has an empty part.`);
    const within = paths.find((other) => other.startsWith(`${path}.`));
    if (within) throw usage(`--map has data.${path} and data.${within}: one cannot stand within the other.`);
  }
}

const EXAMPLE = "For example: --map stream=case_id,type=activity,time=timestamp,data.amount=amount";
