/**
 * A trend as one hand-made path; `null` values are gaps and stay gaps. `label` is its one-sentence summary for those
 * who do not see it.
 */
export function Sparkline({
  values,
  label,
  width = 120,
  height = 24,
  className = "text-kind-event",
}: {
  values: readonly (number | null)[];
  label: string;
  width?: number;
  height?: number;
  className?: string;
}) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <span className="inline-block text-faint text-data">no trend yet</span>;
  const top = Math.max(...known, 0) || 1;
  const step = width / Math.max(1, values.length - 1);
  const y = (value: number) => height - 1.5 - (value / top) * (height - 3);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className={`block w-full ${className}`}
      style={{ height }}
    >
      <path
        d={linePath(values, step, y)}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

function linePath(values: readonly (number | null)[], step: number, y: (value: number) => number): string {
  let path = "";
  let pen = false;
  values.forEach((value, index) => {
    if (value !== null) path += `${pen ? "L" : "M"}${(index * step).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = value !== null;
  });
  return path;
}
