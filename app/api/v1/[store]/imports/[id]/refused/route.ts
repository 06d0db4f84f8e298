import { route } from "@/app/_lib/route";
import { importRefusalsEndpoint } from "@/app/api/_endpoints/import";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: importRefusalsEndpoint });
