import { route } from "@/app/_lib/route";
import { beginExportEndpoint, listExportsEndpoint } from "@/app/api/_endpoints/exports";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listExportsEndpoint, POST: beginExportEndpoint });
