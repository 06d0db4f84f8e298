import { route } from "@/app/_lib/route";
import { resumeProcessEndpoint } from "@/app/api/_endpoints/processes";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: resumeProcessEndpoint });
