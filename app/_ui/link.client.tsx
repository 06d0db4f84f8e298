"use client";
import { useRouter } from "next/navigation";

/** The pointer or the focus rests on a link for so long before its page is fetched ahead, in milliseconds. */
const REST_MS = 100;

/** Pointer and focus rest on one link at a time. */
let rest: ReturnType<typeof setTimeout> | undefined;
const leave = () => clearTimeout(rest);

/**
 * A link to a page of the console. Nothing is fetched for being in view: a page of fifty rows would ask the server for
 * fifty pages that nobody opens, and again after every live update. Where the pointer or the focus comes to rest the frame
 * of that page is fetched ahead, once; `ahead` set to false leaves that out, too. It is an anchor and nothing more: a
 * followed log makes and drops dozens of links a second, and what each of them holds is time that a press waits.
 */
export function Link({
  href,
  ahead = true,
  replace = false,
  scroll = true,
  onClick,
  ...attributes
}: Omit<React.ComponentProps<"a">, "href" | "onMouseEnter" | "onMouseLeave" | "onFocus" | "onBlur"> & {
  readonly href: string;
  readonly ahead?: boolean;
  /** Whether the page takes the place of this one in the browser's history. */
  readonly replace?: boolean;
  /** Whether the page is shown from its top. */
  readonly scroll?: boolean;
}) {
  const router = useRouter();
  const come = () => {
    leave();
    if (ahead) rest = setTimeout(() => router.prefetch(href), REST_MS);
  };
  return (
    <a
      {...attributes}
      href={href}
      onClick={(event) => {
        onClick?.(event);
        if (event.defaultPrevented || opensElsewhere(event)) return;
        event.preventDefault();
        router[replace ? "replace" : "push"](href, { scroll });
      }}
      onMouseEnter={come}
      onMouseLeave={leave}
      onFocus={come}
      onBlur={leave}
    />
  );
}

/** Whether the browser is asked for a tab, a window or a file: that is its own. */
function opensElsewhere(event: React.MouseEvent<HTMLAnchorElement>): boolean {
  const { target } = event.currentTarget;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return true;
  return (target !== "" && target !== "_self") || event.currentTarget.hasAttribute("download");
}
