/** The rows of a table that is still being read. Its head is real; this draws only the rows. */
export function SkeletonRows({ rows = 25, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="px-4">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no identity and never move
        <div key={row} aria-hidden="true" className="flex h-7 items-center gap-6 border-line/60 border-b">
          <div className="skeleton h-3" style={{ width: `${8 + ((row * 7) % 5)}%` }} />
          <div className="skeleton h-3" style={{ width: `${14 + ((row * 11) % 9)}%` }} />
          <div className="skeleton h-3" style={{ width: `${18 + ((row * 5) % 13)}%` }} />
          <div className="skeleton ml-auto h-3 w-[6%]" />
        </div>
      ))}
    </div>
  );
}

/** A whole page that is still being read: its real title, then rows. */
export function SkeletonPage({ title }: { title: string }) {
  return (
    <>
      <div className="flex h-10 items-center border-b px-4">
        <h1 className="font-semibold text-title">{title}</h1>
      </div>
      <SkeletonRows label={`Loading ${title}`} />
    </>
  );
}
