import { diffJson, type JsonChange } from "./diff-json";
import { type JsonNode, parseJsonTree, printTree } from "./json-tree";
import { RawJson } from "./json-view";
import { type MaskStates, stateOfValue } from "./mask-states";
import { touchesMasked } from "./masked-paths";
import { MaskedValue } from "./masked-value";

const signs = { added: "+", removed: "−", changed: "~" } as const;
const tints = { added: "bg-diff-add", removed: "bg-diff-remove", changed: "bg-diff-change" } as const;

/** What changed between two JSON values: sign, path, before → after. `summary` is said beneath; masked paths stay masked. */
export function JsonDiff({
  before,
  after,
  masked = [],
  states = { otherwise: "masked" },
}: {
  before: string;
  after: string;
  masked?: readonly string[];
  states?: MaskStates;
}) {
  const [old, current] = [parseJsonTree(before), parseJsonTree(after)];
  if (!old || !current) return <RawJson text={after} />;
  const { changes, unchanged } = diffJson(old, current);
  const count = (kind: JsonChange["kind"]) => changes.filter((change) => change.kind === kind).length;
  return (
    <div className="py-2">
      {changes.length === 0 ? <p className="px-4 py-2 text-muted">Nothing changed.</p> : null}
      <ul className="mono leading-5">
        {changes.map((change) => (
          <li key={change.path} className={`flex gap-2 px-4 py-0.5 ${tints[change.kind]}`}>
            <span aria-hidden="true" className="w-3 shrink-0 font-semibold">
              {signs[change.kind]}
            </span>
            <span className="sr-only">{change.kind}</span>
            <span className="shrink-0">{change.path || "value"}</span>
            <span className="wrap-anywhere min-w-0 whitespace-pre-wrap">
              <Values change={change} hidden={touchesMasked(change.path, masked) ? states : undefined} />
            </span>
          </li>
        ))}
      </ul>
      <p className="px-4 pt-2 text-faint text-label">
        {count("changed")} changed · {count("added")} added · {count("removed")} removed · {unchanged} unchanged
      </p>
    </div>
  );
}

function Values({ change, hidden }: { change: JsonChange; hidden: MaskStates | undefined }) {
  if (hidden) {
    const node = change.after ?? change.before;
    return <MaskedValue state={stateOfValue(node?.kind === "string" ? node.text : undefined, hidden)} />;
  }
  // A removed block is told by its sign and tint; only a value that became another is struck out.
  const Old = change.after ? "s" : "span";
  const before = change.before && <Old className="opacity-80">{show(change.before)}</Old>;
  const after = change.after && <span className="font-medium">{show(change.after)}</span>;
  return before && after ? (
    <>
      {before} <span aria-hidden="true">→</span> <span className="sr-only">became</span> {after}
    </>
  ) : (
    (before ?? after)
  );
}

function show(node: JsonNode): string {
  return printTree(node);
}
