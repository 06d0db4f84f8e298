import { Glyph, type Status, statusColours } from "./glyph";

/** A state as glyph, word and tint. `children` is the word or words; `title` says more on hover. */
export function StatusPill({
  status,
  title,
  children,
}: {
  status: Status;
  title?: string | undefined;
  children: React.ReactNode;
}) {
  const { text, tint } = statusColours[status];
  return (
    <span
      title={title}
      data-status={status}
      className={`inline-flex h-5 items-center gap-1.5 rounded-control px-1.5 align-middle font-medium text-data ${text} ${tint}`}
    >
      <Glyph status={status} />
      {children}
    </span>
  );
}
