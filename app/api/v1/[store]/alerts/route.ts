import { route } from "@/app/_lib/route";
import { listAlertsEndpoint } from "@/app/api/_endpoints/alerts";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listAlertsEndpoint });
