"use client";
import { useEffect, useRef } from "react";
import { Link } from "./link.client";

/** The link that whoever opens the page most likely wants: it has the focus first, so that Enter opens it. */
export function FirstLink({
  href,
  className,
  children,
}: {
  href: string;
  className?: string;
  children: React.ReactNode;
}) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (document.activeElement === null || document.activeElement === document.body) {
      link.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <Link ref={link} href={href} data-row className={className} aria-keyshortcuts="e">
      {children}
    </Link>
  );
}
