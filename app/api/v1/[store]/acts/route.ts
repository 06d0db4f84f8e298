import { route } from "@/app/_lib/route";
import { offeredActsEndpoint } from "@/app/api/_endpoints";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: offeredActsEndpoint });
