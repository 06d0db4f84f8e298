import { route } from "@/app/_lib/route";
import { pauseEndpoint } from "@/app/api/_endpoints/projections";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: pauseEndpoint });
