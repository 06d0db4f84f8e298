import { route } from "@/app/_lib/route";
import { beginSigningKeyEndpoint } from "@/app/api/_endpoints/integrity";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: beginSigningKeyEndpoint });
