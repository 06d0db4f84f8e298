import { route } from "@/app/_lib/route";
import { poisonTrafficEndpoint } from "@/app/api/_endpoints/installation";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: poisonTrafficEndpoint });
