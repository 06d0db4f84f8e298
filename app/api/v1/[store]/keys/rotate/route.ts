import { route } from "@/app/_lib/route";
import { rotateKeysEndpoint } from "@/app/api/_endpoints/keys";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: rotateKeysEndpoint });
