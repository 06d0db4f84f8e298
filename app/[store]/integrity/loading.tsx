import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the checkpoints are read. */
export default function Loading() {
  return <SkeletonPage title="Integrity" />;
}
