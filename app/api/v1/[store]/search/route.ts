import { route } from "@/app/_lib/route";
import { searchEndpoint } from "@/app/api/_endpoints/search";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: searchEndpoint });
