import { notFound } from "next/navigation";
import { cache } from "react";
import { requireSession } from "@/app/_lib/session";
import { tidemark } from "@/app/_lib/tidemark";
import { LOCAL_STORE } from "@/app/_lib/urls";
import type { Principal } from "@/lib/access/principal";
import type { StoreSafety } from "@/lib/kernel/store-safety";
import type { KeyStore } from "@/lib/keys/key-store";
import type { QueryContext } from "@/lib/queries/query-context";

/** What a page works with: the store's slug and how much care it asks for, who looks, and the context of every query. */
export type OpenStore = {
  readonly store: string;
  readonly safety: StoreSafety;
  readonly principal: Principal;
  readonly context: QueryContext;
  /** Null where nothing is sealed. */
  readonly keys: KeyStore | null;
  /** Whether personal fields of new events are sealed. */
  readonly seals: () => Promise<boolean>;
  /** Whether another person than the one who asked approves what cannot be taken back. */
  readonly twoPersons: boolean;
};

/** Opens the store a page's address names: signs in or redirects, and answers 404 for a store that is not here. */
export const openStore = cache(async (slug: string): Promise<OpenStore> => {
  const principal = await requireSession();
  if (decodeURIComponent(slug) !== LOCAL_STORE) notFound();
  const { reads, catalog, store, safety, keys, seals, twoPersons } = await tidemark();
  const context = { reads, catalog, store };
  return { store: LOCAL_STORE, safety, principal, context, keys, seals, twoPersons };
});
