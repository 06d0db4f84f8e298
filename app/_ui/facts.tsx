/** A list of facts, each with its name; what is null or empty is left out. Two or three stand side by side where there is room. */
export function Facts({
  facts,
  columns = true,
}: {
  facts: readonly (readonly [name: string, value: React.ReactNode])[];
  columns?: boolean;
}) {
  return (
    <dl className={`grid gap-x-6 gap-y-1 px-4 ${columns ? "sm:grid-cols-2 lg:grid-cols-3" : ""}`}>
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => (
          <div key={name} className="flex min-w-0 gap-3">
            <dt className="w-32 shrink-0 text-muted">{name}</dt>
            <dd className="wrap-anywhere min-w-0">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
