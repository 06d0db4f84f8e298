import { readFile, writeFile } from "node:fs/promises";
import { storePath } from "@/bin/cli/api";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { clock, count } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { Session } from "@/bin/cli/session";
import type { Offline } from "@/bin/cli/verify";
import { parseVerifier } from "@/lib/kernel/checkpoint-note";
import { checkCertificate } from "@/lib/kernel/shred-certificate";

/** Prints the certificate of a completed request, or keeps it in a file that is not there yet. */
export async function keepCertificate({ api, out }: Session, id: string, file: string | undefined): Promise<void> {
  const { text } = await api.ask({ path: storePath("shreds", id, "certificate") });
  if (file === undefined) return out.raw(text.trimEnd());
  await writeFile(file, text, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(exitCode.noInput, `${file} cannot be written (${error.code ?? error.message}).`, "", { file });
  });
  out.line(`Kept as ${printable(file)}. Check it with \`tidemark shreds verify\`.`);
}

/** Checks a certificate by its signature alone, without any server, and says what it says. */
export async function verifyCertificate(
  { out: openOutput, end }: Offline,
  file: string,
  keys: readonly string[],
): Promise<void> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CliError(exitCode.noInput, `${file} cannot be read (${error.code ?? error.message}).`, "", { file });
  });
  const { certificate: said, faults } = await checkCertificate(text, await Promise.all(keys.map(parseVerifier)));
  if (faults.length > 0) end(exitCode.data);
  const out = openOutput();
  if (out.asJson) return out.raw(JSON.stringify({ file, holds: faults.length === 0, faults, certificate: said }));
  for (const fault of faults) out.line(`DOES NOT HOLD: ${printable(fault)}`);
  const { events, keys: destroyed } = said;
  out.line(
    `Request ${printable(said.request)}, approved by ${printable(said.approvedBy)}, asked for by ${printable(said.requestedBy)}`,
  );
  if (said.legalBasis) out.line(`By ${printable(said.legalBasis)}`);
  if (said.coolingMinutes) out.line(`It could be withdrawn for ${said.coolingMinutes} minutes after its approval`);
  out.line(`Done by build ${printable(said.build)}`);
  out.line(`Person ${said.subject} (digest of key store ${printable(said.keyStore)})`);
  for (const { id, epoch, destroyedAt } of destroyed)
    out.line(`Key ${printable(id)} (epoch ${epoch}) destroyed ${clock(destroyedAt)}`);
  out.line(
    `${count(events.unreadable)} of ${count(events.count)} events cannot be read any more, ${count(events.late)} of them late`,
  );
  for (const { place, checked, left } of said.places)
    out.line(printable(`${place}: ${checked}${left ? `; ${left} rows` : ""}`));
  out.line(`Final on ${clock(said.finalOn)}, when the last backup of the key database that has a key is gone`);
  for (const outside of said.outside) out.line(printable(`Not spoken of: ${outside}`));
}
