import { route } from "@/app/_lib/route";
import { storeFactsEndpoint } from "@/app/api/_endpoints/installation";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: storeFactsEndpoint });
