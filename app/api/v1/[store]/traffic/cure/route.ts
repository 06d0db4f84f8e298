import { route } from "@/app/_lib/route";
import { cureTrafficEndpoint } from "@/app/api/_endpoints/installation";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: cureTrafficEndpoint });
