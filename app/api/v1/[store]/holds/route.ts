import { route } from "@/app/_lib/route";
import { listHoldsEndpoint } from "@/app/api/_endpoints/subjects";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: listHoldsEndpoint });
