import { route } from "@/app/_lib/route";
import { previewSkipLetterEndpoint, skipLetterEndpoint } from "@/app/api/_endpoints/dead-letters";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: previewSkipLetterEndpoint, POST: skipLetterEndpoint });
