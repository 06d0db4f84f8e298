import { route } from "@/app/_lib/route";
import { snapshotsEndpoint } from "@/app/api/_endpoints/snapshots";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: snapshotsEndpoint });
