import { route } from "@/app/_lib/route";
import { auditEndpoint } from "@/app/api/_endpoints/audit";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: auditEndpoint });
