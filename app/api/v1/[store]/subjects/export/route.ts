import { route } from "@/app/_lib/route";
import { exportPersonEndpoint } from "@/app/api/_endpoints/subjects";

export const { GET, POST, PUT, PATCH, DELETE } = route({ POST: exportPersonEndpoint });
