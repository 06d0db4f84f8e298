/** Keeps the place of lines that are not in the document. Every line of a trace is one `--line` high (`tables.css`). */
export function Gap({ lines }: { lines: number }) {
  if (lines <= 0) return null;
  return (
    <tr className="min-h-0! border-0!" style={{ height: `calc(${lines} * var(--line))` }}>
      <td colSpan={5} className="p-0!" />
    </tr>
  );
}
