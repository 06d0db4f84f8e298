import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the processes are read. */
export default function Loading() {
  return <SkeletonPage title="Processes" />;
}
