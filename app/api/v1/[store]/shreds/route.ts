import { route } from "@/app/_lib/route";
import { listShredsEndpoint, requestShredEndpoint } from "@/app/api/_endpoints/shreds";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listShredsEndpoint, POST: requestShredEndpoint });
