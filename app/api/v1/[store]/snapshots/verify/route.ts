import { route } from "@/app/_lib/route";
import { verifyCategorySnapshotsEndpoint } from "@/app/api/_endpoints/snapshots";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: verifyCategorySnapshotsEndpoint });
