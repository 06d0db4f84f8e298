import { SkeletonRows } from "@/app/_ui/skeleton";

/** While a page is read: its shell stands, rows appear as placeholders after 200 ms. */
export default function Loading() {
  return (
    <>
      <div className="h-10 border-b" />
      <SkeletonRows />
    </>
  );
}
