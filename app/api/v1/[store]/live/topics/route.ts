import { route } from "@/app/_lib/route";
import { liveTopicsEndpoint } from "@/app/api/_endpoints/live";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: liveTopicsEndpoint });
