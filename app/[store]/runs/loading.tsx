import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the runs are read. */
export default function Loading() {
  return <SkeletonPage title="Runs" />;
}
