import { route } from "@/app/_lib/route";
import { tryUpcastEndpoint } from "@/app/api/_endpoints/schema";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: tryUpcastEndpoint });
