import { CopyButton } from "./copy-button.client";
import { shortId } from "./format";
import { Link } from "./link.client";

/** An id in mono, whole or shortened, with a copy button and perhaps a link. The whole id is always copied. */
export function IdChip({
  id,
  what,
  href,
  whole = false,
  shown = whole ? id : shortId(id),
}: {
  id: string;
  what: string;
  href?: string;
  whole?: boolean;
  /** What stands there, where that is neither the id nor its ends. */
  shown?: string;
}) {
  const text = <span title={id}>{shown}</span>;
  return (
    <span className="inline-flex min-w-0 max-w-full items-center gap-1">
      {href ? (
        <Link href={href} className="link mono min-w-0 truncate py-0.5">
          {text}
        </Link>
      ) : (
        <span className="mono min-w-0 truncate">{text}</span>
      )}
      <CopyButton text={id} what={what} />
    </span>
  );
}
