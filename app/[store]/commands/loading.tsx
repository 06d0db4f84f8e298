import { SkeletonPage } from "@/app/_ui/skeleton";

/** While it is read. */
export default function Loading() {
  return <SkeletonPage title="Commands" />;
}
