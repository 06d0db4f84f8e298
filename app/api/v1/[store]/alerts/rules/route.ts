import { route } from "@/app/_lib/route";
import { prometheusRulesEndpoint } from "@/app/api/_endpoints/alerts";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: prometheusRulesEndpoint });
