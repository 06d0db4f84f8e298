import { route } from "@/app/_lib/route";
import { endImportEndpoint } from "@/app/api/_endpoints/import";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: endImportEndpoint });
