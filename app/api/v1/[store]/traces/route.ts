import { route } from "@/app/_lib/route";
import { listTracesEndpoint } from "@/app/api/_endpoints/traces";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listTracesEndpoint });
