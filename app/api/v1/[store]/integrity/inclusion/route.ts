import { route } from "@/app/_lib/route";
import { inclusionEndpoint } from "@/app/api/_endpoints/integrity";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: inclusionEndpoint });
