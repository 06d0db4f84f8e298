import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the channels are read. */
export default function Loading() {
  return <SkeletonPage title="Settings" />;
}
