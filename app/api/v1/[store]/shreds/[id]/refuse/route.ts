import { route } from "@/app/_lib/route";
import { refuseShredEndpoint } from "@/app/api/_endpoints/shreds";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: refuseShredEndpoint });
