import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the alerts are read. */
export default function Loading() {
  return <SkeletonPage title="Alerts" />;
}
