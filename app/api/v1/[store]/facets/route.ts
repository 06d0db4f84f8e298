import { route } from "@/app/_lib/route";
import { facetsEndpoint } from "@/app/api/_endpoints/events";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: facetsEndpoint });
