import { route } from "@/app/_lib/route";
import { differencesEndpoint } from "@/app/api/_endpoints/rebuild";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: differencesEndpoint });
