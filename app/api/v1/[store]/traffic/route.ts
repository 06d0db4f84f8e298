import { route } from "@/app/_lib/route";
import { switchTrafficEndpoint, trafficEndpoint } from "@/app/api/_endpoints/installation";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: trafficEndpoint, POST: switchTrafficEndpoint });
