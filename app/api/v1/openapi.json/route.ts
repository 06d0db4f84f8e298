import { route } from "@/app/_lib/route";
import { openApiEndpoint } from "@/app/api/_endpoints/open-api";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: openApiEndpoint });
