import { promisify } from "node:util";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { allowedTarget, type RestrictedTarget } from "@/lib/alerts/send/allowed-target";
import { type Outcome, wordFor } from "@/lib/alerts/send/outcome";
import { type Envelope, subjectOf, textOf } from "@/lib/alerts/send/render-notice";
import { TidemarkError } from "@/lib/kernel/errors";

/** A mail server and who writes to whom. */
export type Mail = { readonly url: string; readonly from: string; readonly to: readonly string[] };

const PATIENCE_MS = 10_000;

/**
 * Sends a notice by SMTP; never throws. Its Message-ID is that of the state change. What fails before the message is handed over
 * has certainly not been taken; what breaks off afterwards without a reply may have been.
 */
export async function sendEmail(
  envelope: Envelope,
  mail: Mail,
  allowed: readonly RestrictedTarget[],
): Promise<Outcome> {
  let handedOver = false;
  let connection: SMTPConnection | undefined;
  try {
    const message = await composed(envelope, mail);
    connection = await connect(mail.url, allowed);
    const server = connection;
    handedOver = true;
    await promisify<void>((done) => {
      server.once("error", done);
      server.send({ from: mail.from, to: [...mail.to] }, message, (error) => done(error));
    })();
    server.quit();
    return { kind: "sent", status: 250, error: null };
  } catch (error) {
    connection?.close();
    return outcomeOf(error, handedOver);
  }
}

async function composed(envelope: Envelope, { from, to }: Mail): Promise<Buffer> {
  const message = new MailComposer({
    ...{ from, to: [...to], subject: subjectOf(envelope).slice(0, 200), text: textOf(envelope) },
    messageId: `<${envelope.messageId}@${from.split("@")[1]}>`,
    date: new Date(envelope.notice.at),
    headers: { "Auto-Submitted": "auto-generated" },
  });
  return message.compile().build();
}

/** Connects to the address that was checked, under the name that was asked for, and signs in. */
async function connect(url: string, allowed: readonly RestrictedTarget[]): Promise<SMTPConnection> {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  const { address } = await allowedTarget(hostname, allowed);
  const local = /^(127\.|::1$)/.test(address);
  const connection = new SMTPConnection({
    ...{ host: address, port: port === "" ? (secure ? 465 : 587) : Number(port), secure },
    // A password is not sent in the clear, except to this machine.
    requireTLS: !secure && username !== "" && !local,
    tls: { servername: hostname },
    ...{ connectionTimeout: PATIENCE_MS, greetingTimeout: PATIENCE_MS, socketTimeout: PATIENCE_MS },
  });
  try {
    await promisify<void>((done) => {
      connection.once("error", done);
      connection.connect((error) => done(error ?? null));
    })();
    if (username !== "") {
      const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
      await promisify<void>((done) => connection.login({ credentials }, (error) => done(error ?? null)))();
    }
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

function outcomeOf(error: unknown, handedOver: boolean): Outcome {
  if (error instanceof TidemarkError) {
    return { kind: error.code === "forbidden" ? "refused" : "later", status: null, error: error.message };
  }
  const code = (error as { responseCode?: unknown }).responseCode;
  if (typeof code === "number") {
    return { kind: code >= 500 ? "refused" : "later", status: code, error: `the mail server answered ${code}` };
  }
  return { kind: handedOver ? "unknown" : "later", status: null, error: wordFor(error) };
}
