import { route } from "@/app/_lib/route";
import { whatIfEndpoint } from "@/app/api/_endpoints/time-travel";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: whatIfEndpoint });
