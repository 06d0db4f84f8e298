/** A key figure: its caps label, the figure, and what puts it in proportion. */
export function Figure({
  label,
  value,
  title,
  children,
}: {
  label: string;
  value: React.ReactNode;
  title?: string;
  children?: React.ReactNode;
}) {
  return (
    <div className="min-w-0 px-4 py-2.5">
      <dt className="caps truncate">{label}</dt>
      <dd>
        <p className="truncate font-semibold text-figure max-md:wrap-anywhere max-md:whitespace-normal" title={title}>
          {value}
        </p>
        <div className="min-h-6 text-muted text-data">{children}</div>
      </dd>
    </div>
  );
}
