import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { PlainTable } from "@/app/_ui/plain-table";
import { openStore } from "../open-store";
import { CommandsTabs } from "./commands-tabs";

export const metadata: Metadata = { title: "Commands" };

/** What may be asked of the domain: every command, by the category of the streams it goes to. */
export default async function CommandsPage({ params }: { params: Promise<{ store: string }> }) {
  const { store, context } = await openStore((await params).store);
  const { commands } = context.catalog.describe();
  const categories = [...new Set(commands.map(({ category }) => category))];
  return (
    <>
      <PageHeader
        title="Commands"
        status={
          <>
            <CommandsTabs store={store} open="catalogue" />
            <span className="text-data">{plural(commands.length, "command")} in this program</span>
          </>
        }
      />
      {commands.length === 0 ? (
        <EmptyState title="No commands yet">A domain declares them with its decider.</EmptyState>
      ) : null}
      {categories.map((category) => (
        <Section key={category} title={category} className="pb-2">
          <PlainTable label={`Commands of ${category}`} heads={[{ name: "Command", look: "w-64" }, "What it does"]}>
            {commands
              .filter((command) => command.category === category)
              .map(({ name, description }) => (
                <tr key={name} data-copy={name}>
                  <td className="first">
                    <Link
                      href={urls.command(store, `${category}.${name}`)}
                      data-row
                      className="font-medium hover:text-brand"
                    >
                      {name}
                    </Link>
                  </td>
                  <td className="bare break whitespace-normal text-muted">{description}</td>
                </tr>
              ))}
          </PlainTable>
        </Section>
      ))}
    </>
  );
}
