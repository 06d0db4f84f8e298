import { route } from "@/app/_lib/route";
import { instanceEndpoint } from "@/app/api/_endpoints/processes";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: instanceEndpoint });
