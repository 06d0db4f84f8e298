import { route } from "@/app/_lib/route";
import { appendToStreamEndpoint } from "@/app/api/_endpoints/append";
import { streamEventsEndpoint } from "@/app/api/_endpoints/streams";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: streamEventsEndpoint, POST: appendToStreamEndpoint });
