import { Suspense } from "react";

/** What a search has found so far, at once, and drawn again when it has gone on by itself. */
export function Later<Found>({
  first,
  found,
  children,
}: {
  first: Found;
  /** What it comes to; undefined where the first answer was whole. */
  found: Promise<Found> | undefined;
  children: (found: Found, searching: boolean) => React.ReactNode;
}) {
  if (!found) return children(first, false);
  return (
    <Suspense fallback={children(first, true)}>
      <Found found={found}>{children}</Found>
    </Suspense>
  );
}

async function Found<Found>({
  found,
  children,
}: {
  found: Promise<Found>;
  children: (found: Found, searching: boolean) => React.ReactNode;
}) {
  return children(await found, false);
}
