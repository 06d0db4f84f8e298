import { route } from "@/app/_lib/route";
import { splitPartitionEndpoint } from "@/app/api/_endpoints/partitions";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: splitPartitionEndpoint });
