import { InvalidRequest } from "@/lib/kernel/errors";
import { type JsonSegments, parsePath, valueAt } from "@/lib/kernel/json-path";

/** A condition on a JSON value, read from text and never run as code. */
export type Predicate = {
  /** `before` is the value one event earlier, for `changed`. */
  readonly holds: (value: unknown, before: unknown) => boolean;
  /** Every place it looks at. */
  readonly paths: readonly JsonSegments[];
};

type Test = Predicate["holds"];
type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains";

const TEXT_MAX = 1_000;
const DEPTH_MAX = 30;

/**
 * Reads a condition such as `status == "paid" && lines.length > 2`, `!exists(paymentId)` or `changed(totalCents)`. There
 * are paths, JSON literals, `==` `!=` `<` `<=` `>` `>=` `contains`, `exists(…)`, `changed(…)`, `!`, `&&`, `||` and
 * brackets. Order compares numbers with numbers and texts with texts; a place that does not exist equals nothing. Throws
 * `InvalidRequest` saying where it stops making sense.
 */
export function parsePredicate(text: string): Predicate {
  if (text.length > TEXT_MAX) throw refused(`must not be longer than ${TEXT_MAX} characters`);
  return new Reader(text).whole();
}

const TOKEN =
  /\s*(?:(&&|\|\||==|!=|<=|>=|[!<>()])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\p{L}\p{N}_$[])|([\p{L}_$](?:[\p{L}\p{N}_$.-]|\[(?:\d+|"(?:[^"\\]|\\.)*")\])*|\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\](?:[\p{L}\p{N}_$.-]|\[(?:\d+|"(?:[^"\\]|\\.)*")\])*))/uy;

type Token = { readonly kind: "sign" | "text" | "number" | "path"; readonly text: string; readonly at: number };

class Reader {
  private readonly tokens: readonly Token[];
  private readonly paths: JsonSegments[] = [];
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {
    this.tokens = tokensOf(text);
  }

  whole(): Predicate {
    const holds = this.either();
    if (this.peek()) throw this.unexpected("the end");
    return { holds, paths: this.paths };
  }

  private either(): Test {
    if (++this.depth > DEPTH_MAX) throw refused(`must not have more than ${DEPTH_MAX} brackets in each other`);
    const options = [this.both()];
    while (this.takes("||")) options.push(this.both());
    this.depth--;
    return (value, before) => options.some((option) => option(value, before));
  }

  private both(): Test {
    const parts = [this.one()];
    while (this.takes("&&")) parts.push(this.one());
    return (value, before) => parts.every((part) => part(value, before));
  }

  private one(): Test {
    let negated = false;
    while (this.takes("!")) negated = !negated;
    const test = this.takes("(") ? this.bracketed() : this.comparison();
    return negated ? (value, before) => !test(value, before) : test;
  }

  private bracketed(): Test {
    const test = this.either();
    if (!this.takes(")")) throw this.unexpected("a closing bracket");
    return test;
  }

  private comparison(): Test {
    const word = this.peek()?.text;
    if ((word === "exists" || word === "changed") && this.tokens[this.at + 1]?.text === "(") {
      this.at += 2;
      const place = this.place();
      if (!this.takes(")")) throw this.unexpected("a closing bracket");
      if (word === "exists") return (value) => valueAt(value, place) !== undefined;
      return (value, before) => !same(valueAt(value, place), valueAt(before, place));
    }
    const place = this.place();
    const operator = this.operator();
    const wanted = this.literal();
    return (value) => compare(valueAt(value, place), operator, wanted);
  }

  private place(): JsonSegments {
    const token = this.peek();
    const place = token?.kind === "path" ? parsePath(token.text) : undefined;
    if (!place) throw this.unexpected("a path such as lines[0].sku");
    this.at++;
    this.paths.push(place);
    return place;
  }

  private operator(): Operator {
    const token = this.peek();
    if (!token || !/^(==|!=|<=|>=|<|>|contains)$/.test(token.text) || token.kind === "text") {
      throw this.unexpected("==, !=, <, <=, >, >= or contains");
    }
    this.at++;
    return token.text as Operator;
  }

  private literal(): string | number | boolean | null {
    const token = this.peek();
    const isWord = token?.kind === "path" && /^(true|false|null)$/.test(token.text);
    if (!token || !(isWord || token.kind === "text" || token.kind === "number")) {
      throw this.unexpected('a JSON value such as "paid", 3, true or null');
    }
    this.at++;
    try {
      return JSON.parse(token.text) as string | number | boolean | null;
    } catch {
      this.at--;
      throw this.unexpected("a JSON value");
    }
  }

  private takes(sign: string): boolean {
    const token = this.peek();
    if (token?.kind !== "sign" || token.text !== sign) return false;
    this.at++;
    return true;
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private unexpected(wanted: string): InvalidRequest {
    const found = this.peek();
    const where = found
      ? `${found.text.slice(0, 30)} at character ${found.at + 1}`
      : `the end of ${this.text.slice(0, 60)}`;
    return refused(`expects ${wanted}, and finds ${where}`);
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < end; ) {
    const start = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw refused(`makes no sense from character ${start + 1} on: ${text.slice(start, start + 30)}`);
    const [whole, sign, string, number, path] = found;
    const kind = sign ? "sign" : string ? "text" : number ? "number" : "path";
    const token = sign ?? string ?? number ?? path ?? "";
    tokens.push({ kind, text: token, at: start + whole.length - token.length });
  }
  if (tokens.length === 0) throw refused("is empty");
  return tokens;
}

function compare(value: unknown, operator: Operator, wanted: string | number | boolean | null): boolean {
  if (operator === "==") return value === wanted;
  if (operator === "!=") return value !== wanted;
  if (operator === "contains") {
    if (Array.isArray(value)) return value.includes(wanted);
    return typeof value === "string" && typeof wanted === "string" && value.includes(wanted);
  }
  const comparable =
    (typeof value === "number" && typeof wanted === "number") ||
    (typeof value === "string" && typeof wanted === "string");
  if (!comparable) return false;
  if (operator === "<") return value < wanted;
  if (operator === "<=") return value <= wanted;
  return operator === ">" ? value > wanted : value >= wanted;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function refused(message: string): InvalidRequest {
  return new InvalidRequest(`The condition ${message}.`, [{ path: "where", message }]);
}
