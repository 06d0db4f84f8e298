import { route } from "@/app/_lib/route";
import { keyStatusEndpoint } from "@/app/api/_endpoints/keys";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: keyStatusEndpoint });
