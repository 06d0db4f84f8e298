import { route } from "@/app/_lib/route";
import { bisectEndpoint } from "@/app/api/_endpoints/time-travel";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: bisectEndpoint });
