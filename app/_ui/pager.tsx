import { ChevronLeft, ChevronRight } from "lucide-react";
import { Link } from "./link.client";

/**
 * The foot of a keyset list: what is shown, and links to the neighbouring pages. There are no page numbers, because
 * nobody counts the whole.
 */
export function Pager({
  summary,
  newer,
  older,
  newerLabel = "Newer",
  olderLabel = "Older",
  keys = true,
}: {
  summary: React.ReactNode;
  newer?: string | undefined;
  older?: string | undefined;
  newerLabel?: string;
  olderLabel?: string;
  /** Whether the arrow keys turn the pages; not where they do something else. */
  keys?: boolean;
}) {
  return (
    <nav
      aria-label="More rows"
      className="sticky bottom-0 z-3 flex h-7 items-center gap-3 border-t bg-canvas px-4 text-muted max-md:bottom-14 max-md:h-11"
    >
      <span className="truncate text-data">{summary}</span>
      <span className="ml-auto flex items-center gap-1">
        <Step href={newer} label={newerLabel} keys={keys ? "ArrowLeft" : undefined}>
          <ChevronLeft size={14} strokeWidth={1.5} aria-hidden="true" />
          {newerLabel}
        </Step>
        <Step href={older} label={olderLabel} keys={keys ? "ArrowRight" : undefined}>
          {olderLabel}
          <ChevronRight size={14} strokeWidth={1.5} aria-hidden="true" />
        </Step>
      </span>
    </nav>
  );
}

function Step({
  href,
  label,
  keys,
  children,
}: {
  href?: string | undefined;
  label: string;
  keys: string | undefined;
  children: React.ReactNode;
}) {
  const look = "inline-flex h-6 items-center gap-0.5 rounded-control px-1.5 font-medium text-data max-md:h-11";
  if (href === undefined) {
    return (
      <span aria-disabled="true" className={`${look} text-faint opacity-60`}>
        {children}
      </span>
    );
  }
  return (
    <Link href={href} aria-keyshortcuts={keys} data-label={label} className={`${look} text-ink hover:bg-hover`}>
      {children}
    </Link>
  );
}
