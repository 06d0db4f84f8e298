import { route } from "@/app/_lib/route";
import { mergePartitionsEndpoint } from "@/app/api/_endpoints/partitions";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: mergePartitionsEndpoint });
