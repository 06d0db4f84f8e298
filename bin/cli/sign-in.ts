import type { Command } from "commander";
import type { OpenSession } from "@/bin/cli/session";

/** `tidemark sign-in`: a new one-time link into the console. */
export function addSignIn(program: Command, open: OpenSession): void {
  program
    .command("sign-in")
    .description("print a new one-time link into the console")
    .action(async () => {
      const { api, out } = open();
      const answer = await api.ask({ method: "POST", path: "/api/v1/sign-in-links", body: "{}" });
      if (out.asJson) return out.raw(answer.text);
      const { url, expiresInMinutes } = answer.json() as { url: string; expiresInMinutes: number };
      out.line(url);
      out.note(`It opens the console once, within ${expiresInMinutes} minutes.`);
    });
}
