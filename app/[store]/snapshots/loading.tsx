import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the snapshots are read. */
export default function Loading() {
  return <SkeletonPage title="Snapshots" />;
}
