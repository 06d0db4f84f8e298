import { openRoute } from "@/app/_lib/route";
import { answerHealth } from "@/app/api/_endpoints/health";

export const { GET, POST, PUT, PATCH, DELETE } = openRoute(answerHealth);
