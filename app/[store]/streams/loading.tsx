import { SkeletonPage } from "@/app/_ui/skeleton";

/** While the streams are read. */
export default function Loading() {
  return <SkeletonPage title="Streams" />;
}
