import { route } from "@/app/_lib/route";
import { listViewsEndpoint, saveViewEndpoint } from "@/app/api/_endpoints/views";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listViewsEndpoint, POST: saveViewEndpoint });
