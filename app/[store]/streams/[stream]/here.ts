/** This page with some of its parameters changed; undefined takes one away. */
export type Here = (change: Readonly<Record<string, string | number | undefined>>) => string;
