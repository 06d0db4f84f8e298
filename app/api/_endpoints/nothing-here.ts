import { endpoint } from "@/app/_lib/route";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { MALFORMED_ADDRESS } from "@/lib/kernel/malformed-address";

/** Answers every address of the API that is not served, so that a client gets a problem document there, too. */
export const nothingHere = endpoint({
  path: "/api",
  summary: "Not served",
  role: "viewer",
  handle: async ({ request }) => {
    const { pathname } = new URL(request.url);
    if (pathname !== MALFORMED_ADDRESS.api) throw new NotFound("address", pathname.slice(0, 200));
    throw new InvalidRequest("The address holds a broken percent escape.", [
      { path: "address", message: "is not percent-encoded UTF-8" },
    ]);
  },
});
