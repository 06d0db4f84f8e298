import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the audit is read. */
export default function Loading() {
  return <SkeletonPage title="Audit" />;
}
