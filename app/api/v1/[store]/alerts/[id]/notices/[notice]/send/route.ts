import { route } from "@/app/_lib/route";
import { sendNoticeAgainEndpoint } from "@/app/api/_endpoints/alerts";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: sendNoticeAgainEndpoint });
