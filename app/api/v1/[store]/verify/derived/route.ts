import { route } from "@/app/_lib/route";
import { verifyDerivedEndpoint } from "@/app/api/_endpoints/runs";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: verifyDerivedEndpoint });
