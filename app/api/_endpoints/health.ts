import { json } from "@/app/_lib/answer";
import { authenticate } from "@/app/_lib/authenticate";
import { tidemark } from "@/app/_lib/tidemark";
import { TidemarkError } from "@/lib/kernel/errors";
import { health } from "@/lib/queries/health";

/**
 * 200 when the store answers. Anybody may ask whether; how the store does is only told to those who may see it. A wrong
 * token is an error even here: whoever sends one should learn that it is wrong.
 */
export async function answerHealth(request: Request): Promise<Response> {
  const open = await tidemark();
  const stranger = await authenticate(request, open).then(
    () => false,
    (error: unknown) => {
      const isStranger = error instanceof TidemarkError && error.code === "unauthenticated";
      if (!isStranger || request.headers.has("authorization")) throw error;
      return true;
    },
  );
  if (stranger) {
    await open.reads.query("select 1 from high_water");
    return json({ status: "ok" });
  }
  const store = await health({ reads: open.reads, catalog: open.catalog, store: open.store });
  return json({ status: "ok", stores: [store] });
}
