import { route } from "@/app/_lib/route";
import { schemaVersionEndpoint } from "@/app/api/_endpoints/schema";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: schemaVersionEndpoint });
