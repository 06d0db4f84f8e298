import { route } from "@/app/_lib/route";
import { renameViewEndpoint } from "@/app/api/_endpoints/views";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: renameViewEndpoint });
