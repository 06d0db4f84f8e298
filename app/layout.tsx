import "@fontsource-variable/geist/wght.css";
import "@fontsource-variable/geist-mono/wght.css";
import "./globals.css";
import "./_ui/tables.css";
import "./_ui/print.css";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import { earlyKeysScript } from "./_ui/early-keys";
import { earlyPressScript } from "./_ui/early-press";
import { tasteCookie } from "./_ui/taste";

/** What every page says of itself; titles name the page first. */
export const metadata: Metadata = {
  title: { default: "Tidemark", template: "%s · Tidemark" },
  description: "Operations console for event-sourced systems on PostgreSQL",
  robots: { index: false, follow: false },
};

/** The browser's own bars take the canvas colour of the theme. */
export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f6fafb" },
    { media: "(prefers-color-scheme: dark)", color: "#090f14" },
  ],
};

/** The document. Theme, density and folded navigation come from cookies, so that the first drawing is already right. */
export default async function RootLayout({ children }: { children: React.ReactNode }) {
  const jar = await cookies();
  return (
    <html
      lang="en"
      data-theme={jar.get(tasteCookie("theme"))?.value}
      data-nav={jar.get(tasteCookie("nav"))?.value}
      data-density={jar.get(tasteCookie("density"))?.value}
      data-keys={jar.get(tasteCookie("keys"))?.value}
      data-swaps={jar.get(tasteCookie("swaps"))?.value}
      suppressHydrationWarning
    >
      <body>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: scripts of our own, which must run before all others. */}
        <script dangerouslySetInnerHTML={{ __html: `${earlyKeysScript};${earlyPressScript}` }} />
        {children}
      </body>
    </html>
  );
}
