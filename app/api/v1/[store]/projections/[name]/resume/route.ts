import { route } from "@/app/_lib/route";
import { resumeEndpoint } from "@/app/api/_endpoints/projections";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: resumeEndpoint });
