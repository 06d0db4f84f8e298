import { route } from "@/app/_lib/route";
import { handledCommandEndpoint } from "@/app/api/_endpoints/command-log";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: handledCommandEndpoint });
