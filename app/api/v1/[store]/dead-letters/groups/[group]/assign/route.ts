import { route } from "@/app/_lib/route";
import { assignGroupEndpoint } from "@/app/api/_endpoints/dead-letters";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: assignGroupEndpoint });
