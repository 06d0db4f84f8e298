import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the search begins. */
export default function Loading() {
  return <SkeletonPage title="Search" />;
}
