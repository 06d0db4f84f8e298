import { Activity, GitBranch, Layers, LayoutDashboard, type LucideIcon, Rows3, SquareTerminal } from "lucide-react";
import { urls } from "@/app/_lib/urls";

/** A page of the navigation; `go` is the letter that opens it after `g`. */
export type ShellPage = {
  readonly label: string;
  readonly href: string;
  readonly go: string;
  readonly Icon: LucideIcon;
  readonly exact?: boolean;
};

/** The navigation, by heading. Only pages that exist are listed. */
export function shellPages(store: string): readonly { heading: string | null; pages: readonly ShellPage[] }[] {
  return [
    {
      heading: null,
      pages: [{ label: "Overview", href: urls.overview(store), go: "o", Icon: LayoutDashboard, exact: true }],
    },
    {
      heading: "Explore",
      pages: [
        { label: "Event log", href: urls.events(store), go: "e", Icon: Rows3 },
        { label: "Streams", href: urls.streams(store), go: "s", Icon: GitBranch },
        { label: "Traces", href: urls.traces(store), go: "t", Icon: Activity },
      ],
    },
    {
      heading: "Process",
      pages: [
        { label: "Projections", href: urls.projections(store), go: "p", Icon: Layers },
        { label: "Commands", href: urls.commands(store), go: "c", Icon: SquareTerminal },
      ],
    },
  ];
}
