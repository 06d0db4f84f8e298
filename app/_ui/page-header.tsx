import { ChevronRight } from "lucide-react";
import { Link } from "./link.client";

/** The 40 px head of a page: where it is, its title, its state, and what may be done. One `h1` a page. */
export function PageHeader({
  parent,
  title,
  mono = false,
  status,
  children,
}: {
  parent?: { href: string; label: string };
  title: string;
  mono?: boolean;
  status?: React.ReactNode;
  children?: React.ReactNode;
}) {
  return (
    <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-1">
      <div className="flex min-w-0 items-center gap-1">
        {parent ? (
          <>
            <Link href={parent.href} className="rounded-control py-0.5 text-muted text-title hover:text-brand">
              {parent.label}
            </Link>
            <ChevronRight size={14} className="shrink-0 text-faint" aria-hidden="true" />
          </>
        ) : null}
        <h1
          className={`truncate font-semibold text-title max-md:wrap-anywhere max-md:whitespace-normal ${mono ? "font-mono text-[15px]" : ""}`}
        >
          {title}
        </h1>
      </div>
      {status ? <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 text-muted">{status}</div> : null}
      {children ? <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div> : null}
    </header>
  );
}

/** A titled block of a page; `id` is where links to it lead. */
export function Section({
  title,
  id,
  aside,
  className = "",
  children,
}: {
  title: string;
  id?: string | undefined;
  aside?: React.ReactNode;
  className?: string;
  children: React.ReactNode;
}) {
  return (
    <section id={id} aria-label={title} className={className}>
      <div className="flex min-h-7 flex-wrap items-center justify-between gap-2 px-4 pt-1.5">
        <h2 className="caps">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
