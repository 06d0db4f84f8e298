import { route } from "@/app/_lib/route";
import { changeChannelEndpoint } from "@/app/api/_endpoints/channels";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: changeChannelEndpoint });
