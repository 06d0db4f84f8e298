/**
 * JSON text as a tree that keeps every number exactly as it was written: `JSON.parse` would round 1.10 and
 * 12345678901234567890, and a console that shows stored events may not.
 */
export type JsonNode =
  | { readonly kind: "object"; readonly entries: readonly (readonly [key: string, node: JsonNode])[] }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  /** `text` is the literal as written; strings are decoded, without their quotes. */
  | { readonly kind: "string" | "number" | "boolean" | "null"; readonly text: string };

/** Reads JSON text; `undefined` when it is not JSON, so that the caller can show the raw text instead. */
export function parseJsonTree(text: string): JsonNode | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return new Reader(text).value();
}

const TOKEN = /\s*([{}[\],:]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/gy;

/** Walks text that `JSON.parse` has already accepted, so it never has to refuse anything. */
class Reader {
  private readonly tokens: string[];
  private at = 0;

  constructor(text: string) {
    this.tokens = Array.from(text.matchAll(TOKEN), (match) => match[1] ?? "");
  }

  value(): JsonNode {
    const token = this.next();
    if (token === "{") return this.object();
    if (token === "[") return this.array();
    if (token.startsWith('"')) return { kind: "string", text: JSON.parse(token) as string };
    if (token === "null") return { kind: "null", text: token };
    if (token === "true" || token === "false") return { kind: "boolean", text: token };
    return { kind: "number", text: token };
  }

  private object(): JsonNode {
    const entries: [string, JsonNode][] = [];
    while (this.peek() !== "}") {
      const key = JSON.parse(this.next()) as string;
      this.next();
      entries.push([key, this.value()]);
      if (this.peek() === ",") this.next();
    }
    this.next();
    return { kind: "object", entries };
  }

  private array(): JsonNode {
    const items: JsonNode[] = [];
    while (this.peek() !== "]") {
      items.push(this.value());
      if (this.peek() === ",") this.next();
    }
    this.next();
    return { kind: "array", items };
  }

  private peek(): string {
    return this.tokens[this.at] ?? "";
  }

  private next(): string {
    const token = this.peek();
    this.at += 1;
    return token;
  }
}

/** A leaf as it stands in JSON: strings with quotes, everything else as written. */
export function leafText(node: JsonNode): string {
  if (node.kind === "object") return node.entries.length === 0 ? "{}" : "{…}";
  if (node.kind === "array") return node.items.length === 0 ? "[]" : "[…]";
  return node.kind === "string" ? JSON.stringify(node.text) : node.text;
}

/** Indented JSON text of a tree, numbers as written. */
export function printTree(node: JsonNode, indent = ""): string {
  const deeper = `${indent}  `;
  if (node.kind === "object" && node.entries.length > 0) {
    const lines = node.entries.map(([key, child]) => `${deeper}${JSON.stringify(key)}: ${printTree(child, deeper)}`);
    return `{\n${lines.join(",\n")}\n${indent}}`;
  }
  if (node.kind === "array" && node.items.length > 0) {
    return `[\n${node.items.map((child) => deeper + printTree(child, deeper)).join(",\n")}\n${indent}]`;
  }
  return leafText(node);
}
