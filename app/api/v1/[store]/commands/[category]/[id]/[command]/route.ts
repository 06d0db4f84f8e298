import { route } from "@/app/_lib/route";
import { commandEndpoint } from "@/app/api/_endpoints/commands";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: commandEndpoint });
