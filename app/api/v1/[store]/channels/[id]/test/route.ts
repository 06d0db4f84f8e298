import { route } from "@/app/_lib/route";
import { testChannelEndpoint } from "@/app/api/_endpoints/channels";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: testChannelEndpoint });
