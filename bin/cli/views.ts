import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type View = {
  readonly id: string;
  readonly owner: string;
  readonly page: string;
  readonly name: string;
  readonly query: string;
  readonly shared: boolean;
};

type Options = {
  readonly shared?: boolean;
  readonly page?: string;
  readonly reason?: string;
  readonly ticket?: string;
};

/** `tidemark views`: list pages with their filter under a name; lists, saves, renames, shares and deletes them. */
export function addViews(program: Command, open: OpenSession): void {
  const views = program
    .command("views")
    .description("saved views: your own and the shared ones; save, rename, share, unshare, delete")
    .option("--page <page>", "only of this page: events, streams, traces, dead-letters, projections")
    .action(({ page }: Options) => list(open(), page));
  const act = (name: string, what: string) =>
    views
      .command(name)
      .description(what)
      .option("--reason <text>", "why, for the audit")
      .option("--ticket <id>", "its ticket");
  act("save <name> <address>", "keep an address such as `/local/events?q=type:OrderPlaced` under a name")
    .option("--shared", "everybody sees it")
    .action((name: string, address: string, { shared, ...why }: Options) =>
      change(open(), [], { name, address, shared, ...why }),
    );
  act("rename <id> <name>", "give a view another name").action((id: string, name: string, why: Options) =>
    change(open(), [id, "rename"], { name, ...why }),
  );
  act("share <id>", "let everybody see it").action((id: string, why: Options) =>
    change(open(), [id, "share"], { shared: true, ...why }),
  );
  act("unshare <id>", "let nobody else see it").action((id: string, why: Options) =>
    change(open(), [id, "share"], { shared: false, ...why }),
  );
  act("delete <id>", "delete it").action((id: string, why: Options) => change(open(), [id, "delete"], why));
}

async function list({ api, out }: Session, page: string | undefined): Promise<void> {
  const answer = await api.ask({ path: storePath("views"), query: { page } });
  if (out.asJson) return out.raw(answer.text);
  const { views } = answer.json() as { views: readonly View[] };
  if (views.length === 0) return out.line("No saved views.");
  out.table(
    ["ID", "NAME", "ADDRESS", "OF", "SEEN BY"],
    views.map((view) => [view.id, view.name, addressOf(view), view.owner, view.shared ? "everybody" : "owner"]),
    [0],
  );
}

async function change({ api, out }: Session, parts: readonly string[], body: object): Promise<void> {
  const [id] = parts;
  if (id !== undefined && !/^\d+$/.test(id))
    throw usage(`A view is named by its number, not ${id}.`, "See `tidemark views`.");
  const answer = await api.ask({ method: "POST", path: storePath("views", ...parts), body: JSON.stringify(body) });
  if (out.asJson) return out.raw(answer.text);
  const { view } = answer.json() as { view?: View };
  if (!view) return out.line(`View ${id} is deleted.`);
  out.line(`View ${view.id} ${printable(view.name)}: ${printable(addressOf(view))}${view.shared ? ", shared" : ""}`);
}

function addressOf({ page, query }: View): string {
  return `/local/${page}${query === "" ? "" : `?${query}`}`;
}
