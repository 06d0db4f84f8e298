import { route } from "@/app/_lib/route";
import { lookUpValueEndpoint } from "@/app/api/_endpoints/subjects";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: lookUpValueEndpoint });
