import { route } from "@/app/_lib/route";
import { revealStateEndpoint } from "@/app/api/_endpoints/time-travel";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: revealStateEndpoint });
