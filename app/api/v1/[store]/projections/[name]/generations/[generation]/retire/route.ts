import { route } from "@/app/_lib/route";
import { retireEndpoint } from "@/app/api/_endpoints/rebuild";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: retireEndpoint });
