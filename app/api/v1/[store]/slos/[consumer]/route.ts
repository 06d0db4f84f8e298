import { route } from "@/app/_lib/route";
import { setSloEndpoint, sloEndpoint } from "@/app/api/_endpoints/alerts";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: sloEndpoint, POST: setSloEndpoint });
