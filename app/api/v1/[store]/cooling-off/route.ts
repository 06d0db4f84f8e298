import { route } from "@/app/_lib/route";
import { coolingOffEndpoint, setCoolingOffEndpoint } from "@/app/api/_endpoints/cooling-off";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: coolingOffEndpoint, POST: setCoolingOffEndpoint });
