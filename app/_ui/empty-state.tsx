/** What a list says when it has no rows: why, and the one thing to do about it. */
export function EmptyState({
  title,
  heading = "p",
  children,
  action,
}: {
  title: string;
  /** `h1` where this is the whole page. */
  heading?: "p" | "h1";
  children?: React.ReactNode;
  action?: React.ReactNode;
}) {
  const Heading = heading;
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-16 text-center">
      <svg width="72" height="40" viewBox="0 0 72 40" fill="none" aria-hidden="true" className="text-line-strong">
        <path d="M64 4v32" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
        <path d="M8 11h56M8 20h38M8 29h22" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2 5" />
      </svg>
      <Heading className="font-semibold text-form">{title}</Heading>
      {children ? <div className="max-w-prose text-muted">{children}</div> : null}
      {action ? <div className="mt-2">{action}</div> : null}
    </div>
  );
}

/** A command line to copy out of an empty state. */
export function CommandLine({ children }: { children: string }) {
  return <code className="mono mt-1 inline-block rounded-control border bg-subtle px-2 py-1 text-ink">{children}</code>;
}
