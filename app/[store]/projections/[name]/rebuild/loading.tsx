import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the projections are read. */
export default function Loading() {
  return <SkeletonPage title="Projections" />;
}
