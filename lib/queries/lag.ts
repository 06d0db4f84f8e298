export type { Lag } from "@/lib/subscriptions/lag";
