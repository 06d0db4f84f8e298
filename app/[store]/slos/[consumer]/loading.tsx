import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the objective is read. */
export default function Loading() {
  return <SkeletonPage title="SLO" />;
}
