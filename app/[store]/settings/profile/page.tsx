import type { Metadata } from "next";
import { cookies } from "next/headers";
import { Facts } from "@/app/_ui/facts";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { type Taste, tasteCookie } from "@/app/_ui/taste";
import { openStore } from "../../open-store";
import { SettingsTabs } from "../settings-tabs";
import { ProfileForm } from "./profile-form.client";
import { SwapKeys } from "./swap-keys.client";

export const metadata: Metadata = { title: "Profile" };

/** Who is signed in, and how this browser shows the console. */
export default async function ProfilePage({ params }: { params: Promise<{ store: string }> }) {
  const { store, principal } = await openStore((await params).store);
  const jar = await cookies();
  const taste = (name: Taste, otherwise: string) => jar.get(tasteCookie(name))?.value ?? otherwise;
  return (
    <>
      <PageHeader title="Settings" status={<SettingsTabs store={store} open="profile" />} />
      <Section title="Signed in" className="pb-3">
        <Facts
          facts={[
            ["As", principal.id],
            ["Role", principal.role],
            ["By", principal.via],
          ]}
        />
      </Section>
      <Section title="How this browser shows the console" className="border-t pb-6">
        <ProfileForm
          initial={{
            theme: taste("theme", "system"),
            tz: taste("tz", "utc"),
            density: taste("density", "compact"),
            nav: taste("nav", "open"),
            keys: taste("keys", "on"),
          }}
        />
        <SwapKeys initial={taste("swaps", "")} />
        <p className="max-w-prose px-4 text-muted text-data">
          Each choice holds at once and is kept in a cookie of this browser for a year. What one looks at is in the
          address, and never here: a link shows others the same.
        </p>
      </Section>
    </>
  );
}
