"use client";
// biome-ignore lint/style/noRestrictedImports: this is the one link.
import NextLink from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";

/** The pointer or the focus rests on a link for so long before its page is fetched ahead, in milliseconds. */
const REST_MS = 100;

/**
 * A link to a page of the console. Nothing is fetched for being in view: a page of fifty rows would ask the server for
 * fifty pages that nobody opens, and again after every live update. Where the pointer or the focus comes to rest the frame
 * of that page is fetched ahead, once; `ahead` set to false leaves that out, too.
 */
export function Link({
  href,
  ahead = true,
  onMouseEnter,
  onMouseLeave,
  onFocus,
  onBlur,
  ...attributes
}: Omit<React.ComponentProps<typeof NextLink>, "href" | "prefetch"> & {
  readonly href: string;
  readonly ahead?: boolean;
}) {
  const router = useRouter();
  const rest = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const leave = () => clearTimeout(rest.current);
  const come = () => {
    leave();
    if (ahead) rest.current = setTimeout(() => router.prefetch(href), REST_MS);
  };
  useEffect(() => () => clearTimeout(rest.current), []);
  return (
    <NextLink
      {...attributes}
      href={href}
      prefetch={false}
      onMouseEnter={(event) => {
        onMouseEnter?.(event);
        come();
      }}
      onMouseLeave={(event) => {
        onMouseLeave?.(event);
        leave();
      }}
      onFocus={(event) => {
        onFocus?.(event);
        come();
      }}
      onBlur={(event) => {
        onBlur?.(event);
        leave();
      }}
    />
  );
}
