import { route } from "@/app/_lib/route";
import { listProcessesEndpoint } from "@/app/api/_endpoints/processes";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listProcessesEndpoint });
