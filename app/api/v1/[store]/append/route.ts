import { route } from "@/app/_lib/route";
import { appendEndpoint } from "@/app/api/_endpoints/append";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: appendEndpoint });
