import { route } from "@/app/_lib/route";
import { scanPersonalEndpoint } from "@/app/api/_endpoints/subjects";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: scanPersonalEndpoint });
