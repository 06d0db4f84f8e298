import { route } from "@/app/_lib/route";
import { addChannelEndpoint, listChannelsEndpoint } from "@/app/api/_endpoints/channels";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listChannelsEndpoint, POST: addChannelEndpoint });
