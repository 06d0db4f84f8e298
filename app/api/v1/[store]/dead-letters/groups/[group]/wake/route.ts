import { route } from "@/app/_lib/route";
import { wakeGroupEndpoint } from "@/app/api/_endpoints/dead-letters";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: wakeGroupEndpoint });
