import { SkeletonPage } from "@/app/_ui/skeleton";

/** While they are read. */
export default function Loading() {
  return <SkeletonPage title="Settings" />;
}
