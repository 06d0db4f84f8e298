import type { Command } from "commander";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

/** `tidemark metrics`: what Prometheus would be told now. */
export function addMetrics(program: Command, open: OpenSession): void {
  program
    .command("metrics")
    .description("metrics of the store and of every process, in Prometheus's text format")
    .action(async () => {
      const { api, out } = open();
      const { text } = await api.ask({ path: "/api/metrics" });
      if (out.asJson) return out.raw(JSON.stringify({ format: "prometheus-0.0.4", text }));
      for (const line of text.trimEnd().split("\n")) out.line(printable(line));
    });
}
