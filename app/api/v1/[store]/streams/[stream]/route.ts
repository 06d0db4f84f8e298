import { route } from "@/app/_lib/route";
import { streamEndpoint } from "@/app/api/_endpoints/streams";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: streamEndpoint });
