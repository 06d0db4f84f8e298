import { joinPath } from "@/lib/kernel/json-path";
import { type JsonNode, leafText, parseJsonTree, printTree } from "./json-tree";
import { type MaskStates, stateOfValue } from "./mask-states";
import { isMasked } from "./masked-paths";
import { MaskedValue, type MaskState, maskWords } from "./masked-value";

/** Up to this many members a branch is drawn open. */
const OPEN_BELOW = 40;

const MASKED: MaskStates = { otherwise: "masked" };

/**
 * JSON as a tree with folding branches. Paths in `masked` (`*` for each element or key) are drawn as masked values and their
 * content never reaches the browser; `states` says how they stand. `highlight` is the set of paths to mark as changed.
 */
export function JsonView({
  text,
  masked = [],
  states = MASKED,
  highlight,
}: {
  text: string;
  masked?: readonly string[];
  states?: MaskStates;
  highlight?: ReadonlySet<string>;
}) {
  const tree = parseJsonTree(text);
  if (!tree) return <RawJson text={text} />;
  return (
    <div className="mono overflow-x-auto px-4 py-2 leading-5">
      <Branch node={tree} path="" masked={masked} states={states} highlight={highlight ?? new Set()} depth={0} />
    </div>
  );
}

/** JSON exactly as it is stored, byte for byte. */
export function RawJson({ text }: { text: string }) {
  return <pre className="mono wrap-anywhere whitespace-pre-wrap px-4 py-2 leading-5">{text}</pre>;
}

/** Indented JSON for copying and for the raw view of computed state; masked paths are replaced. */
export function maskedText(text: string, masked: readonly string[], states = MASKED): string {
  const tree = parseJsonTree(text);
  return tree ? printTree(mask(tree, "", masked, states)) : text;
}

function mask(node: JsonNode, path: string, masked: readonly string[], states: MaskStates): JsonNode {
  if (isMasked(path, masked)) return { kind: "string", text: `▒▒▒ ${maskWords[stateOf(node, states)]}` };
  if (node.kind === "object") {
    return {
      kind: "object",
      entries: node.entries.map(([key, child]) => [key, mask(child, joinPath(path, key), masked, states)]),
    };
  }
  if (node.kind === "array")
    return { kind: "array", items: node.items.map((child, at) => mask(child, joinPath(path, at), masked, states)) };
  return node;
}

function stateOf(node: JsonNode, states: MaskStates): MaskState {
  return stateOfValue(node.kind === "string" ? node.text : undefined, states);
}

type BranchProps = {
  readonly node: JsonNode;
  readonly path: string;
  readonly masked: readonly string[];
  readonly states: MaskStates;
  readonly highlight: ReadonlySet<string>;
  readonly depth: number;
};

function Branch({ node, path, masked, states, highlight, depth }: BranchProps) {
  if (isMasked(path, masked)) {
    const known = states.at?.get(path) ?? { state: stateOf(node, states) };
    return <MaskedValue {...known} />;
  }
  const children: readonly (readonly [string | number, JsonNode])[] =
    node.kind === "object"
      ? node.entries
      : node.kind === "array"
        ? node.items.map((item, at) => [at, item] as const)
        : [];
  if (children.length === 0) return <Leaf node={node} />;
  const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  return (
    <details open={depth < 2 || children.length < OPEN_BELOW} className="group/json inline">
      <summary className="inline-flex cursor-pointer list-none rounded-control text-faint hover:text-brand">
        {open}
        <span className="group-open/json:hidden">
          … {children.length} {close}
        </span>
      </summary>
      <ul>
        {children.map(([key, child]) => {
          const at = joinPath(path, key);
          return (
            <li
              key={at}
              id={`path=${at}`}
              title={at}
              className={`pl-5 target:bg-selected ${highlight.has(at) ? "bg-diff-change" : ""}`}
            >
              {typeof key === "number" ? null : <span className="text-muted">{key}: </span>}
              <Branch node={child} path={at} masked={masked} states={states} highlight={highlight} depth={depth + 1} />
            </li>
          );
        })}
      </ul>
      <span className="text-faint">{close}</span>
    </details>
  );
}

const colours = { string: "text-ok", number: "text-run", boolean: "text-shred", null: "text-faint" } as const;

/** A value without members, coloured by its type. */
function Leaf({ node }: { node: JsonNode }) {
  const colour = node.kind === "object" || node.kind === "array" ? "text-faint" : colours[node.kind];
  return <span className={`wrap-anywhere whitespace-pre-wrap ${colour}`}>{leafText(node)}</span>;
}
