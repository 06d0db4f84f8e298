import { readConfig } from "@/lib/runtime/config";
import { openTidemark, type Tidemark } from "@/lib/runtime/tidemark";

export type { Tidemark } from "@/lib/runtime/tidemark";

/**
 * The running Tidemark of this process, opened on first use. It hangs on `globalThis` because Next bundles a route and a
 * page apart: two copies of this module must not open two pools.
 */
export function tidemark(): Promise<Tidemark> {
  const held = globalThis as unknown as Record<symbol, Promise<Tidemark> | undefined>;
  const open = held[KEY] ?? openTidemark(readConfig(), "console");
  held[KEY] = open;
  // A failed opening must not be remembered: the database may be back at the next request.
  open.catch(() => {
    if (held[KEY] === open) delete held[KEY];
  });
  return open;
}

const KEY = Symbol.for("tidemark.console");
