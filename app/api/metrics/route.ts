import { route } from "@/app/_lib/route";
import { metricsEndpoint } from "@/app/api/_endpoints/metrics";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: metricsEndpoint });
