import { formatCount } from "./format";
import { Link } from "./link.client";

/** A global position, `#48,211,907`, in mono; a link where one is given. */
export function PositionPill({ position, href }: { position: string; href?: string }) {
  const text = `#${formatCount(position)}`;
  return href ? (
    <Link href={href} className="link mono">
      {text}
    </Link>
  ) : (
    <span className="mono">{text}</span>
  );
}
