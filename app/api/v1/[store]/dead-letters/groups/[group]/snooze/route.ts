import { route } from "@/app/_lib/route";
import { snoozeGroupEndpoint } from "@/app/api/_endpoints/dead-letters";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: snoozeGroupEndpoint });
