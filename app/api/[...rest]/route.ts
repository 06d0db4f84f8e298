import { route } from "@/app/_lib/route";
import { nothingHere } from "@/app/api/_endpoints/nothing-here";

export const { GET, POST, PUT, PATCH, DELETE } = route({
  GET: nothingHere,
  POST: nothingHere,
  PUT: nothingHere,
  PATCH: nothingHere,
  DELETE: nothingHere,
});
