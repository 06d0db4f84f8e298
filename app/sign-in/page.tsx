import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { urls } from "@/app/_lib/urls";

/** Says what the tab is. */
export const metadata: Metadata = { title: "Sign in · Tidemark", referrer: "no-referrer" };

/** Where everybody without a session arrives: passes a one-time link on, or says how to get one. */
export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Readonly<Record<string, string | readonly string[] | undefined>>>;
}) {
  const { token, refused } = await searchParams;
  if (typeof token === "string") redirect(urls.redeem(token));
  return (
    <main className="mx-auto flex min-h-dvh max-w-lg flex-col justify-center gap-4 px-6">
      <h1 className="font-semibold text-lg">Sign in to Tidemark</h1>
      {refused === undefined ? null : (
        <p role="alert">This link has been used or is over. A sign-in link works once, for 15 minutes.</p>
      )}
      <p>This console is opened by a one-time link. To get one, run this in the folder where Tidemark runs:</p>
      <pre className="overflow-x-auto border p-3">
        <code>bin/tidemark sign-in</code>
      </pre>
      <p className="text-muted">
        Starting Tidemark again with <code>npm start</code> prints a fresh link, too.
      </p>
    </main>
  );
}
