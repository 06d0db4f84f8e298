import {
  Activity,
  BellRing,
  Braces,
  Camera,
  FileCheck2,
  Fingerprint,
  Gauge,
  GitBranch,
  Layers,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  MailX,
  Rows3,
  ScrollText,
  Search,
  Settings,
  SquareTerminal,
  Workflow,
} from "lucide-react";
import { urls } from "@/app/_lib/urls";

/** A page of the navigation; `go` is the letter that opens it after `g`, where it has one. */
export type ShellPage = {
  readonly label: string;
  readonly href: string;
  readonly go?: string;
  readonly Icon: LucideIcon;
  readonly exact?: boolean;
  /** Whether it is one of the four in the bar of narrow screens. */
  readonly narrow?: boolean;
  /** Which count stands beside it. */
  readonly badge?: "live-runs" | "dead-letters" | "alerts";
};

/** The navigation, by heading. Only pages that exist are listed. */
export function shellPages(store: string): readonly { heading: string | null; pages: readonly ShellPage[] }[] {
  return [
    {
      heading: null,
      pages: [
        { label: "Overview", href: urls.overview(store), go: "o", Icon: LayoutDashboard, exact: true, narrow: true },
      ],
    },
    {
      heading: "Explore",
      pages: [
        { label: "Event log", href: urls.events(store), go: "e", Icon: Rows3, narrow: true },
        { label: "Streams", href: urls.streams(store), go: "s", Icon: GitBranch, narrow: true },
        { label: "Traces", href: urls.traces(store), go: "t", Icon: Activity },
        { label: "Search", href: urls.search(store), Icon: Search },
      ],
    },
    {
      heading: "Process",
      pages: [
        { label: "Projections", href: urls.projections(store), go: "p", Icon: Layers, narrow: true },
        { label: "Processes", href: urls.processes(store), go: "m", Icon: Workflow },
        { label: "Commands", href: urls.commands(store), go: "c", Icon: SquareTerminal },
        { label: "Dead letters", href: urls.deadLetters(store), go: "d", Icon: MailX, badge: "dead-letters" },
      ],
    },
    {
      heading: "Operate",
      pages: [
        { label: "Runs", href: urls.runs(store), go: "r", Icon: ListChecks, badge: "live-runs" },
        { label: "Alerts", href: urls.alerts(store), go: "a", Icon: BellRing, badge: "alerts" },
        { label: "SLOs", href: urls.slos(store), go: "l", Icon: Gauge },
      ],
    },
    {
      heading: "Model",
      pages: [
        { label: "Schema", href: urls.schema(store), go: "h", Icon: Braces },
        { label: "Snapshots", href: urls.snapshots(store), go: "n", Icon: Camera },
      ],
    },
    {
      heading: "Govern",
      pages: [
        { label: "Privacy", href: urls.privacy(store), go: "v", Icon: Fingerprint },
        { label: "Integrity", href: urls.integrity(store), go: "i", Icon: FileCheck2 },
        { label: "Audit", href: urls.audit(store), go: "u", Icon: ScrollText },
      ],
    },
    {
      heading: "Yours",
      pages: [{ label: "Settings", href: urls.settings(store), go: "x", Icon: Settings }],
    },
  ];
}
