import { route } from "@/app/_lib/route";
import { deleteViewEndpoint } from "@/app/api/_endpoints/views";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: deleteViewEndpoint });
