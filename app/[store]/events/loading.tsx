import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the log is read. */
export default function Loading() {
  return <SkeletonPage title="Event log" />;
}
