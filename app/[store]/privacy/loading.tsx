import { SkeletonPage } from "@/app/_ui/skeleton";

/** While requests are read. */
export default function Loading() {
  return <SkeletonPage title="Privacy" />;
}
