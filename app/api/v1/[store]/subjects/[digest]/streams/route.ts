import { route } from "@/app/_lib/route";
import { subjectStreamsEndpoint } from "@/app/api/_endpoints/subjects";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: subjectStreamsEndpoint });
