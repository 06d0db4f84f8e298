import { route } from "@/app/_lib/route";
import { shredEndpoint } from "@/app/api/_endpoints/shreds";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: shredEndpoint });
