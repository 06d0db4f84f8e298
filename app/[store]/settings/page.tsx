import { redirect } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { openStore } from "../open-store";

/** The settings begin with one's own. */
export default async function SettingsPage({ params }: { params: Promise<{ store: string }> }) {
  const { store } = await openStore((await params).store);
  redirect(urls.settings(store, "profile"));
}
