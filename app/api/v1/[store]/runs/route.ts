import { route } from "@/app/_lib/route";
import { listRunsEndpoint } from "@/app/api/_endpoints/runs";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listRunsEndpoint });
