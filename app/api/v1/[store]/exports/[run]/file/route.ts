import { route } from "@/app/_lib/route";
import { exportFileEndpoint } from "@/app/api/_endpoints/exports";

export const { GET, POST, PUT, PATCH, DELETE } = route({ GET: exportFileEndpoint });
