import { route } from "@/app/_lib/route";
import { promoteRunEndpoint } from "@/app/api/_endpoints/runs";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: promoteRunEndpoint });
