/** The height of every line of a trace, pixels: it is what makes ten thousand of them cheap. */
export const LINE = 29;

/** Keeps the place of lines that are not in the document. */
export function Gap({ lines }: { lines: number }) {
  if (lines <= 0) return null;
  return (
    <tr>
      <td colSpan={5} style={{ height: lines * LINE, padding: 0, border: 0 }} />
    </tr>
  );
}
