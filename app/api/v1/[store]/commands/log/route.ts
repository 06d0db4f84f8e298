import { route } from "@/app/_lib/route";
import { commandLogEndpoint } from "@/app/api/_endpoints/command-log";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: commandLogEndpoint });
