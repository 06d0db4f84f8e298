import type { Metadata } from "next";
import type { SearchParams } from "@/app/_ui/search-text";
import { SchemaDetail } from "./schema-detail";

type Props = { params: Promise<{ store: string; type: string }>; searchParams: SearchParams };

/** The tab names the type. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).type) };
}

/** An event type at its newest version. */
export default async function SchemaTypePage({ params, searchParams }: Props) {
  const { store, type } = await params;
  return <SchemaDetail slug={store} type={decodeURIComponent(type)} version={undefined} query={await searchParams} />;
}
