import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { count } from "@/bin/cli/format";
import type { OpenSession, Session } from "@/bin/cli/session";

type Status = {
  readonly state: string;
  readonly driven: boolean;
  readonly ratePerSecond: number;
  readonly commands: string;
  readonly rejections: string;
  readonly conflicts: string;
};

/** `tidemark traffic start|stop|status|poison|cure`: the demo shop's customers, and a poison event on demand. */
export function addTraffic(program: Command, open: OpenSession): void {
  program
    .command("traffic")
    .description(
      "the demo traffic: `start`, `stop`, `status`; `poison` puts a bug into a read model, `cure` corrects it",
    )
    .argument("[act]", "`start`, `stop`, `status`, `poison` or `cure`", "status")
    .option("--rate <n>", "with `start`: commands a second, up to 1000", rate)
    .action(async (act: string, options: { readonly rate?: number }) => {
      if (act === "poison" || act === "cure") return await poison(open(), act);
      if (act !== "start" && act !== "stop" && act !== "status") {
        throw usage(
          `Traffic can be told to \`start\` or to \`stop\`, asked for its \`status\`, given \`poison\` and a \`cure\`, not ${act}.`,
        );
      }
      if (options.rate !== undefined && act !== "start") throw usage("--rate belongs to `traffic start`.");
      const { api, out } = open();
      const answer =
        act === "status"
          ? await api.ask({ path: storePath("traffic") })
          : await api.ask({
              method: "POST",
              path: storePath("traffic", act),
              body: JSON.stringify(options.rate === undefined ? {} : { ratePerSecond: options.rate }),
            });
      if (out.asJson) return out.raw(answer.text);
      const status = answer.json() as Status;
      out.line(
        status.state === "running"
          ? `Traffic runs at ${status.ratePerSecond} commands a second.`
          : "Traffic is stopped.",
      );
      out.line(
        `So far ${count(status.commands)} commands, ${count(status.rejections)} of them rejected, ${count(status.conflicts)} conflicts.`,
      );
      if (!status.driven) out.note("Nobody drives it at the moment: it is driven by `npm start` with TIDEMARK_DEMO=1.");
    });
}

async function poison({ api, out }: Session, act: "poison" | "cure"): Promise<void> {
  const answer = await api.ask({ method: "POST", path: storePath("traffic", act), body: "{}" });
  if (out.asJson) return out.raw(answer.text);
  const { streams } = answer.json() as { readonly streams: readonly string[] };
  if (act === "cure")
    return out.line("The bug is corrected. What is parked passes now: `tidemark dead-letters`, then `retry`.");
  out.line(`order-summary has a bug now, and cannot take ${streams.length} orders: ${streams.join(", ")}.`);
  out.line("Look with `tidemark dead-letters`; they are tried four times within some ten seconds, then parked.");
}

function rate(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}(\.\d{1,3})?$/.test(text) && value > 0 && value <= 1_000) return value;
  throw usage(`--rate is a number of commands a second above 0, up to 1000, not ${text}.`);
}
