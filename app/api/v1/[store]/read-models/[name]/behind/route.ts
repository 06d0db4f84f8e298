import { route } from "@/app/_lib/route";
import { behindChangeEndpoint } from "@/app/api/_endpoints/projections";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: behindChangeEndpoint });
