import { route } from "@/app/_lib/route";
import { schemaTypeEndpoint } from "@/app/api/_endpoints/schema";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: schemaTypeEndpoint });
