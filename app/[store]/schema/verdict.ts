import type { Status } from "@/app/_ui/glyph";
import type { VersionVerdict } from "@/lib/catalog/compatibility";

/** How each verdict is drawn and called. */
export const verdictLooks: Readonly<Record<VersionVerdict["verdict"], { status: Status; word: string }>> = {
  "as-released": { status: "ok", word: "kept" },
  "not-released": { status: "idle", word: "not released" },
  changed: { status: "bad", word: "changed" },
  unreadable: { status: "bad", word: "unreadable" },
};
