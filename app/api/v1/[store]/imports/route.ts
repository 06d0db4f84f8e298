import { route } from "@/app/_lib/route";
import { beginImportEndpoint } from "@/app/api/_endpoints/import";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: beginImportEndpoint });
