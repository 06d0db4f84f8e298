import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { count } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

type Facts = {
  readonly serverVersion: string;
  readonly database: string;
  readonly schema: string;
  readonly role: string;
  readonly mayChangeEvents: boolean;
  readonly head: string;
  readonly highWater: string;
  readonly clockOffMs: number;
  readonly databaseBytes: number;
  readonly connections: { readonly open: number; readonly max: number };
  readonly settings: readonly { readonly name: string; readonly value: string; readonly concern: string | null }[];
};

type Act = {
  readonly name: string;
  readonly level: string;
  readonly role: string;
  readonly needsReason: boolean;
  readonly needsTicket: boolean;
  readonly needsName: boolean;
  readonly needsApproval: boolean;
  readonly locked: boolean;
  readonly undo: string;
};

/** `tidemark store`: what the store stands on. */
export function addStore(program: Command, open: OpenSession): void {
  program
    .command("store")
    .description("the database behind the store: version, size, rights, clock, settings that matter")
    .action(async () => {
      const { api, out } = open();
      const answer = await api.ask({ path: storePath("store") });
      if (out.asJson) return out.raw(answer.text);
      const facts = answer.json() as Facts;
      const { connections } = facts;
      out.line(
        `PostgreSQL ${printable(facts.serverVersion)}, ${count(Math.ceil(facts.databaseBytes / 1_048_576))} MiB.`,
      );
      out.line(
        `Database ${printable(facts.database)}, schema ${printable(facts.schema)}, as ${printable(facts.role)}.`,
      );
      out.line(facts.mayChangeEvents ? "This role could change events." : "Events are append-only for this role.");
      out.line(`Head ${count(facts.head)}, high-water mark ${count(facts.highWater)}.`);
      out.line(`${connections.open} of ${connections.max} connections; clocks ${facts.clockOffMs} ms apart.`);
      out.table(
        ["SETTING", "VALUE", "CONCERN"],
        facts.settings.map(({ name, value, concern }) => [name, value, concern]),
      );
    });
}

/** `tidemark acts`: every act, how grave it is and who may do it. */
export function addActs(program: Command, open: OpenSession): void {
  program
    .command("acts")
    .description("every act there is: its level of safety, who may do it, what it asks for, how it is undone")
    .action(async () => {
      const { api, out } = open();
      const answer = await api.ask({ path: storePath("acts") });
      if (out.asJson) return out.raw(answer.text);
      const { acts } = answer.json() as { acts: readonly Act[] };
      const asksFor = ({ locked, needsReason, needsTicket, needsName, needsApproval }: Act) =>
        locked
          ? "locked"
          : [needsReason && "reason", needsTicket && "ticket", needsName && "name", needsApproval && "preview"]
              .filter(Boolean)
              .join(", ");
      out.table(
        ["ACT", "LEVEL", "ROLE", "ASKS FOR", "UNDONE BY"],
        acts.map((act) => [act.name, act.level, act.role, asksFor(act), act.undo]),
      );
    });
}
