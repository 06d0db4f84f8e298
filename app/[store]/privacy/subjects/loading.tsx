import { SkeletonPage } from "@/app/_ui/skeleton";

/** While persons are read. */
export default function Loading() {
  return <SkeletonPage title="Privacy" />;
}
