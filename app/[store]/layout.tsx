import { cookies } from "next/headers";
import { urls } from "@/app/_lib/urls";
import { Announcer } from "@/app/_ui/announcer.client";
import { DemandsProvider } from "@/app/_ui/demands.client";
import { ForgottenWatch } from "@/app/_ui/forgotten-watch.client";
import { Glyph, type Status, statusColours } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { Mark } from "@/app/_ui/mark";
import { NavLink } from "@/app/_ui/nav-link.client";
import { NavToggle } from "@/app/_ui/nav-toggle.client";
import { RunNotices } from "@/app/_ui/run-notices.client";
import { ShellKeys } from "@/app/_ui/shell-keys.client";
import { type ShellPage, shellPages } from "@/app/_ui/shell-pages";
import { swappedKey } from "@/app/_ui/swapped-keys";
import { tasteCookie } from "@/app/_ui/taste";
import { ThemeSwitch } from "@/app/_ui/theme-switch.client";
import { TimeZoneButton, TimeZoneProvider } from "@/app/_ui/time-zone.client";
import type { StoreSafety } from "@/lib/kernel/store-safety";
import { demandsOf } from "@/lib/operations/safety";
import { countDeadLetters, type LettersOpen } from "@/lib/queries/dead-letters";
import { countFiring, type Firing } from "@/lib/queries/list-alerts";
import { readHighWater } from "@/lib/queries/list-events";
import { countLiveRuns, listRuns } from "@/lib/queries/list-runs";
import { savedViews } from "@/lib/queries/saved-views";
import { openStore } from "./open-store";

/** The newest runs, whose end is told on every page. */
const NOTICED_RUNS = 20;

/** The shell around every page of a store: bar, navigation, keys. The store's name is always in view. */
export default async function StoreLayout({
  params,
  children,
}: {
  params: Promise<{ store: string }>;
  children: React.ReactNode;
}) {
  const { store, safety, principal, context } = await openStore((await params).store);
  const [jar, liveRuns, letters, firing, { runs }, { views }, highWater] = await Promise.all([
    cookies(),
    countLiveRuns(context),
    countDeadLetters(context),
    countFiring(context),
    listRuns(context, { limit: NOTICED_RUNS }),
    savedViews(context, principal.id),
    // The shell stands where the log cannot be read, too.
    readHighWater(context).catch(() => undefined),
  ]);
  const theme = jar.get(tasteCookie("theme"))?.value;
  const headings = shellPages(store);
  const key = (meant: string) => swappedKey(jar.get(tasteCookie("swaps"))?.value, meant);
  const places = [
    {
      value: "Pages",
      items: headings.flatMap(({ pages }) =>
        pages.map(({ label, href, go }) => ({
          value: `page:${href}`,
          label,
          hint: go ? `${key("g")} ${key(go)}` : "",
          href,
        })),
      ),
    },
    {
      value: "Projections",
      items: context.catalog.projections.map(({ name }) => ({
        value: `projection:${name}`,
        label: name,
        hint: "projection",
        href: urls.projection(store, name),
      })),
    },
    {
      value: "Saved views",
      items: views.map((view) => ({
        value: `view:${view.id}`,
        label: view.name,
        hint: view.owner === principal.id ? view.page : `${view.page}, of ${view.owner}`,
        href: urls.view(store, view),
      })),
    },
  ];
  return (
    <TimeZoneProvider initialLocal={jar.get(tasteCookie("tz"))?.value === "local"}>
      <a href="#main" className="btn sr-only z-50 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 flex print:hidden h-11 items-center gap-3 border-b bg-surface px-3">
        <NavToggle />
        <Link href={urls.overview(store)} className="flex h-8 items-center gap-2 rounded-control px-1">
          <Mark />
          <span className="font-semibold text-title tracking-[-0.02em]">tidemark</span>
        </Link>
        <StoreBadge store={store} safety={safety} />
        <div className="ml-auto flex items-center gap-1.5 md:mx-auto md:pr-6">
          <ShellKeys places={places} store={store} processes={context.catalog.processes.map(({ name }) => name)} />
        </div>
        <div className="flex items-center gap-0.5">
          <TimeZoneButton />
          <ThemeSwitch initial={theme === "light" || theme === "dark" ? theme : "system"} />
          <span className="hidden px-2 text-muted text-data sm:block" title={`Signed in as ${principal.id}`}>
            {principal.role}
          </span>
        </div>
      </header>
      <div className="flex">
        <SideNav headings={headings} badges={badgesOf(liveRuns, letters, firing)} />
        <main id="main" className="min-h-[calc(100dvh-44px)] min-w-0 flex-1 pb-0 max-md:pb-14">
          <DemandsProvider demands={demandsOf(safety)}>{children}</DemandsProvider>
        </main>
      </div>
      <BottomNav headings={headings} />
      <Announcer />
      <ForgottenWatch store={store} after={highWater?.toString()} />
      <RunNotices
        store={store}
        runs={runs.map(({ id, kind, subject, state, problems, unit }) => ({
          id,
          kind,
          subject,
          state,
          problems,
          unit,
        }))}
      />
    </TimeZoneProvider>
  );
}

const CARE: Readonly<Record<StoreSafety, string | null>> = { open: null, ask: "asks", locked: "locked" };

/** The store's name and, where it is not open, how much care it asks for. */
function StoreBadge({ store, safety }: { store: string; safety: StoreSafety }) {
  return (
    <span className="flex h-6 items-center gap-2 overflow-clip rounded-control border pr-2 font-medium text-data">
      <span
        aria-hidden="true"
        className="h-full w-2 bg-[radial-gradient(currentColor_1px,transparent_1.2px)] bg-[length:4px_4px] bg-subtle text-muted"
      />
      <span className="sr-only">Store</span>
      {store}
      {CARE[safety] === null ? null : (
        <Link href={urls.settings(store, "safety")} className="font-normal text-warn">
          {CARE[safety]}
        </Link>
      )}
    </span>
  );
}

type Headings = ReturnType<typeof shellPages>;

type Count = { readonly status: Status; readonly count: number; readonly words: string };
type Badges = Readonly<Record<NonNullable<ShellPage["badge"]>, Count>>;

/** What each badge counts. Parked events wear the sign that they wear everywhere; what is tried again by itself only warns. */
function badgesOf(liveRuns: number, { parked, retrying }: LettersOpen, { firing, critical }: Firing): Badges {
  return {
    alerts: { status: critical ? "bad" : "warn", count: firing, words: "firing" },
    "live-runs": { status: "run", count: liveRuns, words: "at work" },
    "dead-letters":
      parked > 0
        ? { status: "bad", count: parked, words: "parked" }
        : { status: "warn", count: retrying, words: "tried again" },
  };
}

function SideNav({ headings, badges }: { headings: Headings; badges: Badges }) {
  return (
    <nav
      aria-label="Pages"
      className="side-nav sticky top-11 hidden h-[calc(100dvh-44px)] w-14 shrink-0 border-r bg-surface py-2 md:block lg:w-52"
    >
      {headings.map(({ heading, pages }) => (
        <div key={heading ?? "top"} className="mb-2 px-2">
          {heading ? <p className="caps side-label px-2 pt-2 pb-1">{heading}</p> : null}
          <ul className="space-y-0.5">
            {pages.map(({ label, href, go, Icon, exact = false, badge }) => (
              <li key={href}>
                <NavLink
                  href={href}
                  go={go}
                  exact={exact}
                  className="flex h-8 items-center gap-2.5 rounded-control px-2.5 font-medium text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-selected aria-[current=page]:text-ink"
                >
                  <Icon size={16} strokeWidth={1.5} aria-hidden="true" className="shrink-0" />
                  <span className="side-label">{label}</span>
                  {badge && badges[badge].count > 0 ? <Badge {...badges[badge]} /> : null}
                </NavLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Badge({ status, count, words }: Count) {
  return (
    <span
      className={`ml-auto flex items-center gap-1 text-data ${statusColours[status].text}`}
      title={`${count} ${words}`}
    >
      <Glyph status={status} />
      <span className="side-label">{count}</span>
    </span>
  );
}

function BottomNav({ headings }: { headings: Headings }) {
  const pages = headings.flatMap((group) => group.pages).filter(({ narrow }) => narrow);
  return (
    <nav
      aria-label="Main pages"
      className="fixed inset-x-0 bottom-0 z-30 grid h-14 grid-cols-4 border-t bg-surface md:hidden"
    >
      {pages.map(({ label, href, Icon, exact = false }) => (
        <NavLink
          key={href}
          href={href}
          exact={exact}
          className="flex flex-col items-center justify-center gap-0.5 font-medium text-label text-muted aria-[current=page]:text-brand"
        >
          <Icon size={18} strokeWidth={1.5} aria-hidden="true" />
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
