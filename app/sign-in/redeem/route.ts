import { openRoute } from "@/app/_lib/route";
import { redeem } from "@/app/sign-in/redeem/redeem";

export const { GET, POST, PUT, PATCH, DELETE } = openRoute(redeem);
