import { route } from "@/app/_lib/route";
import { consistencyEndpoint } from "@/app/api/_endpoints/integrity";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: consistencyEndpoint });
