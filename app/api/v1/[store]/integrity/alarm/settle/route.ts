import { route } from "@/app/_lib/route";
import { settleHistoryAlarmEndpoint } from "@/app/api/_endpoints/integrity";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: settleHistoryAlarmEndpoint });
