import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the objectives are read. */
export default function Loading() {
  return <SkeletonPage title="SLOs" />;
}
