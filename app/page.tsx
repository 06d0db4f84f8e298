import { redirect } from "next/navigation";
import { LOCAL_STORE, urls } from "@/app/_lib/urls";

/** The bare address leads to the overview of the installation's store. */
export default function Home(): never {
  redirect(urls.overview(LOCAL_STORE));
}
