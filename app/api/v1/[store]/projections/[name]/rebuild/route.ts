import { route } from "@/app/_lib/route";
import { rebuildEndpoint } from "@/app/api/_endpoints/rebuild";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: rebuildEndpoint });
