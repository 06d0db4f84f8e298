"use client";
import { usePathname } from "next/navigation";
import { Link } from "./link.client";

/** A link of the navigation that knows whether its page, or one below it, is open. `go` is its letter after `g`. */
export function NavLink({
  href,
  exact = false,
  go,
  className,
  children,
}: {
  href: string;
  exact?: boolean;
  go?: string | undefined;
  className: string;
  children: React.ReactNode;
}) {
  const path = usePathname();
  const current = exact ? path === href : path === href || path.startsWith(`${href}/`);
  return (
    <Link href={href} data-go={go} aria-current={current ? "page" : undefined} className={className}>
      {children}
    </Link>
  );
}
