import { notFound } from "next/navigation";

/** Any address of a store that is not a page: the store's own 404, with the shell around it. */
export default function NoSuchPage(): never {
  notFound();
}
