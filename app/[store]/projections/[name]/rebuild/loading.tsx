import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the plan is made: it reads and folds a sample. */
export default function Loading() {
  return <SkeletonPage title="Rebuild" />;
}
