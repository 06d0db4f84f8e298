import { route } from "@/app/_lib/route";
import { instanceEndpoint, resumeProcessEndpoint } from "@/app/api/_endpoints/processes";

// What is read at this address is the instance of that name.
export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: instanceEndpoint, POST: resumeProcessEndpoint });
