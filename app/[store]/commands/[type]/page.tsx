import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { PageHeader } from "@/app/_ui/page-header";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { openStore } from "../../open-store";
import { CommandForm } from "./command-form.client";
import type { Readers } from "./command-result";

type Props = { params: Promise<{ store: string; type: string }>; searchParams: SearchParams };

/** The tab names the command. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).type) };
}

/** One command: its form, made of its schema. `?id=` and `?prefill=` (JSON) fill it in; nothing is sent by opening it. */
export default async function CommandPage({ params, searchParams }: Props) {
  const { store: slug, type: encoded } = await params;
  const { store, principal, context } = await openStore(slug);
  const type = decodeURIComponent(encoded);
  const { commands, projections } = context.catalog.describe();
  const command = commands.find(({ category, name }) => `${category}.${name}` === type);
  if (!command) notFound();
  const query = await searchParams;
  return (
    <>
      <PageHeader
        parent={{ href: urls.commands(store), label: "Commands" }}
        title={command.name}
        status={<span className="text-data">{command.description}</span>}
      />
      {/* Another address is another form: what was typed for one stream is never sent to another. */}
      <CommandForm
        key={JSON.stringify([type, query.id, query.prefill])}
        store={store}
        category={command.category}
        name={command.name}
        schema={command.schema}
        id={one(query.id) ?? ""}
        prefill={parsed(one(query.prefill))}
        allowed={hasRole(principal, "operator")}
        readers={readersOf(projections)}
      />
    </>
  );
}

/** The read models of each type that are written behind the append; the others have a change as soon as it is made. */
function readersOf(projections: readonly { name: string; mode: string; types: readonly string[] }[]): Readers {
  const readers: Record<string, string[]> = {};
  for (const { name, types } of projections.filter(({ mode }) => mode === "async")) {
    for (const type of types) readers[type] = [...(readers[type] ?? []), name];
  }
  return readers;
}

/** JSON from the address; what is none fills nothing in. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
