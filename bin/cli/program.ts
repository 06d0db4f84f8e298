import { Command } from "commander";
import { addAlerts } from "@/bin/cli/alerts";
import { createApi } from "@/bin/cli/api";
import { addAppend } from "@/bin/cli/append";
import { addAudit } from "@/bin/cli/audit";
import { addCatalog } from "@/bin/cli/catalog";
import { addChannels } from "@/bin/cli/channels";
import { addCommand } from "@/bin/cli/command";
import { addCommands } from "@/bin/cli/commands";
import { addCompare } from "@/bin/cli/compare";
import { addDeadLetters } from "@/bin/cli/dead-letters";
import { addEvents } from "@/bin/cli/events";
import { addExport } from "@/bin/cli/export";
import { findInstance } from "@/bin/cli/find-instance";
import { addFixture } from "@/bin/cli/fixture";
import { addImport } from "@/bin/cli/import";
import { addIntegrity } from "@/bin/cli/integrity";
import { addKeys } from "@/bin/cli/keys";
import { addMetrics } from "@/bin/cli/metrics";
import { createOutput } from "@/bin/cli/output";
import { addPartitions } from "@/bin/cli/partitions";
import { addProcesses } from "@/bin/cli/processes";
import { addProjections } from "@/bin/cli/projections";
import { addReveal } from "@/bin/cli/reveal";
import type { Surroundings } from "@/bin/cli/run";
import { addRuns } from "@/bin/cli/runs";
import { addSchema } from "@/bin/cli/schema";
import { addSearch } from "@/bin/cli/search";
import type { Session } from "@/bin/cli/session";
import { addShreds } from "@/bin/cli/shreds";
import { addSignIn } from "@/bin/cli/sign-in";
import { addSlos } from "@/bin/cli/slos";
import { addSnapshots } from "@/bin/cli/snapshots";
import { addStatus } from "@/bin/cli/status";
import { addActs, addStore } from "@/bin/cli/store";
import { addStream } from "@/bin/cli/stream";
import { addStreams } from "@/bin/cli/streams";
import { addSubjects } from "@/bin/cli/subjects";
import { addTrace } from "@/bin/cli/trace";
import { addTraces } from "@/bin/cli/traces";
import { addTraffic } from "@/bin/cli/traffic";
import { addVerify } from "@/bin/cli/verify";
import { addViews } from "@/bin/cli/views";
import { addWhatIf } from "@/bin/cli/what-if";

/** Builds the command line. `end` takes the exit code of a command that ran through but has something to tell. */
export function createProgram(surroundings: Surroundings, end: (code: number) => void): Command {
  const { stdin, stdout, stderr, environment, signal } = surroundings;
  const program = new Command("tidemark");
  program
    .description("Talks to a running Tidemark: TIDEMARK_URL with TIDEMARK_TOKEN, or the one that runs here.")
    .option("--json", "print JSON for programs")
    .option("--url <address>", "the Tidemark to talk to (instead of TIDEMARK_URL)")
    .option("--data-dir <folder>", "the data folder of an instance on this machine (instead of TIDEMARK_DATA_DIR)")
    .showHelpAfterError("See `tidemark --help`.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "tidemark: ")),
    });

  const output = () => createOutput(stdout, stderr, program.opts<{ json?: boolean }>().json === true);

  /** Found only when a command runs, so that help needs no instance. */
  const open = (): Session => {
    const options = program.opts<{ json?: boolean; url?: string; dataDir?: string }>();
    const target = findInstance({
      ...environment,
      url: options.url ?? (options.dataDir === undefined ? environment.url : undefined),
      dataDirectory: options.dataDir ?? environment.dataDirectory,
    });
    return { api: createApi(target), out: output(), stdin, signal, end };
  };

  for (const add of [
    ...[addDeadLetters, addAlerts, addSlos, addChannels],
    ...[
      addStatus,
      addImport,
      addStreams,
      addEvents,
      addStream,
      addTrace,
      addTraces,
      addProjections,
      addProcesses,
      addPartitions,
      addRuns,
      addSchema,
      addFixture,
    ],
    ...[addAppend, addCommand, addCommands, addStore, addActs, addTraffic, addSignIn, addCatalog, addAudit, addMetrics],
    ...[
      addIntegrity,
      addKeys,
      addSubjects,
      addReveal,
      addSnapshots,
      addWhatIf,
      addCompare,
      addExport,
      addSearch,
      addViews,
    ],
  ]) {
    add(program, open);
  }
  addVerify(program, open, { out: output, stdin, end });
  addShreds(program, open, { out: output, stdin, end });
  return program;
}
