import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

type CoolingOff = { readonly minutes: number; readonly changedBy: string | null; readonly changedAt: string | null };

type Said = { readonly reason?: string; readonly ticket?: string };

/** `tidemark shreds cooling-off`: for how long every request can at least be withdrawn after its approval; with minutes, sets it. */
export function addCoolingOff(shreds: Command, open: OpenSession): void {
  shreds
    .command("cooling-off")
    .description("for how many minutes every request can at least be withdrawn after its approval; given some, sets it")
    .argument("[minutes]", "0 to 1440")
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action(async (given: string | undefined, said: Said) => {
      const { api, out } = open();
      if (given !== undefined && !/^\d{1,4}$/.test(given)) throw usage(`${given} is no number of minutes.`);
      const path = storePath("cooling-off");
      const body = JSON.stringify({ minutes: Number(given), ...said });
      const answer = await api.ask(given === undefined ? { path } : { method: "POST", path, body });
      if (out.asJson) return out.raw(answer.text);
      const { minutes, changedBy, changedAt } = answer.json() as CoolingOff;
      out.line(
        minutes === 0
          ? "None but what a request asks for."
          : `At least ${minutes} minutes; a request may ask for more.`,
      );
      if (changedBy !== null) out.line(`Set by ${printable(changedBy)} on ${clock(changedAt ?? "")}`);
    });
}
