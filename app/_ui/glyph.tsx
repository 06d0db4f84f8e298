/** The six states of the product plus `stale`; each has its own shape, word and colour, so that hue is never alone. */
export type Status = "ok" | "run" | "warn" | "bad" | "idle" | "shred" | "stale";

/** Text, tint and solid colours of each status, as utility classes. */
export const statusColours: Readonly<Record<Status, { text: string; tint: string; solid: string }>> = {
  ok: { text: "text-ok", tint: "bg-ok-tint", solid: "text-ok-solid" },
  run: { text: "text-run", tint: "bg-run-tint", solid: "text-run-solid" },
  warn: { text: "text-warn", tint: "bg-warn-tint", solid: "text-warn-solid" },
  bad: { text: "text-bad", tint: "bg-bad-tint", solid: "text-bad-solid" },
  idle: { text: "text-idle", tint: "bg-idle-tint", solid: "text-idle-solid" },
  shred: { text: "text-shred", tint: "bg-shred-tint", solid: "text-shred-solid" },
  stale: { text: "text-muted", tint: "border border-dashed border-line-strong", solid: "text-muted" },
};

/** The shape of a status, 10 px: disc, half disc, triangle, crossed square, bars, hatch, dashed ring. Purely visual. */
export function Glyph({ status, size = 10 }: { status: Status; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 10 10"
      aria-hidden="true"
      className={`inline-block shrink-0 ${statusColours[status].solid}`}
    >
      {shapes[status]}
    </svg>
  );
}

const shapes: Readonly<Record<Status, React.ReactNode>> = {
  ok: <circle cx="5" cy="5" r="4" fill="currentColor" />,
  run: (
    <>
      <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M5 1.5a3.5 3.5 0 0 1 0 7z" fill="currentColor" />
    </>
  ),
  warn: <path d="M5 .8 9.6 9.2H.4z" fill="currentColor" />,
  bad: (
    <>
      <rect x="0.6" y="0.6" width="8.8" height="8.8" rx="1.6" fill="currentColor" />
      <path d="m3.2 3.2 3.6 3.6m0-3.6L3.2 6.8" className="stroke-surface" strokeWidth="1.3" strokeLinecap="round" />
    </>
  ),
  idle: <path d="M2.2 1h2v8h-2zM5.8 1h2v8h-2z" fill="currentColor" />,
  shred: (
    <path d="M.5 3.5 3.5.5M.5 6.5l6-6M.5 9.5l9-9M3.5 9.5l6-6M6.5 9.5l3-3" stroke="currentColor" strokeWidth="1.1" />
  ),
  stale: <circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" strokeWidth="1.3" strokeDasharray="2.1 1.9" />,
};
