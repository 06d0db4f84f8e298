import { route } from "@/app/_lib/route";
import { dropSnapshotsEndpoint } from "@/app/api/_endpoints/snapshots";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: dropSnapshotsEndpoint });
