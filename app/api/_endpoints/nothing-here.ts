import { endpoint } from "@/app/_lib/route";
import { NotFound } from "@/lib/kernel/errors";

/** Answers every address of the API that is not served, so that a client gets a problem document there, too. */
export const nothingHere = endpoint({
  path: "/api",
  summary: "Not served",
  role: "viewer",
  handle: ({ request }) => Promise.reject(new NotFound("address", new URL(request.url).pathname.slice(0, 200))),
});
