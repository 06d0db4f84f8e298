import { route } from "@/app/_lib/route";
import { overviewEndpoint } from "@/app/api/_endpoints/installation";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: overviewEndpoint });
