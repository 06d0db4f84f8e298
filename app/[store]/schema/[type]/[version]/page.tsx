import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { type SearchParams, wholeNumber } from "@/app/_ui/search-text";
import { SchemaDetail } from "../schema-detail";

type Props = { params: Promise<{ store: string; type: string; version: string }>; searchParams: SearchParams };

/** The tab names type and version. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { type, version } = await params;
  return { title: `${decodeURIComponent(type)} v${version}` };
}

/** An event type at one of its versions. */
export default async function SchemaVersionPage({ params, searchParams }: Props) {
  const { store, type, version } = await params;
  const number = wholeNumber(version, 1);
  if (number === undefined) notFound();
  return <SchemaDetail slug={store} type={decodeURIComponent(type)} version={number} query={await searchParams} />;
}
