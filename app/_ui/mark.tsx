/** The mark: a tide gauge that is also a lag chart. One read model touches the head of the log, two are behind. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden="true"
      className="shrink-0 text-brand"
    >
      <path d="M20 4V20M4 7H20M4 12H15M4 17H10" />
    </svg>
  );
}
