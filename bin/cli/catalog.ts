import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import type { OpenSession } from "@/bin/cli/session";

type Catalog = {
  readonly events: readonly { readonly type: string; readonly module: string; readonly versions: readonly number[] }[];
  readonly commands: readonly { readonly category: string; readonly name: string; readonly description: string }[];
  readonly projections: readonly { readonly name: string; readonly description: string }[];
};

/** `tidemark catalog`: what the code knows. With `--json` the JSON Schemas, too. */
export function addCatalog(program: Command, open: OpenSession): void {
  program
    .command("catalog")
    .description("event types, commands and projections that the code knows; schemas with --json")
    .action(async () => {
      const { api, out } = open();
      const answer = await api.ask({ path: storePath("catalog") });
      if (out.asJson) return out.raw(answer.text);
      const { events, commands, projections } = answer.json() as Catalog;
      out.table(
        ["EVENT TYPE", "VERSIONS", "DOMAIN"],
        events.map(({ type, versions, module }) => [type, versions.join(", "), module]),
      );
      out.line();
      out.table(
        ["COMMAND", "CATEGORY", "WHAT IT DOES"],
        commands.map(({ name, category, description }) => [name, category, description]),
      );
      out.line();
      out.table(
        ["PROJECTION", "WHAT IT KEEPS"],
        projections.map(({ name, description }) => [name, description]),
      );
    });
}
