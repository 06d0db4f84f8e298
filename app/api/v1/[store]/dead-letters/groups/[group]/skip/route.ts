import { route } from "@/app/_lib/route";
import { previewSkipGroupEndpoint, skipGroupEndpoint } from "@/app/api/_endpoints/dead-letters";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: previewSkipGroupEndpoint, POST: skipGroupEndpoint });
