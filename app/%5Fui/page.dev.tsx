import type { Metadata } from "next";
import { Announcer } from "@/app/_ui/announcer.client";
import { TimeZoneProvider } from "@/app/_ui/time-zone.client";
import { ActParts } from "./act-parts.client";
import { DataParts } from "./data-parts";
import { StateParts } from "./state-parts";

export const metadata: Metadata = { title: "Parts" };

/** Every part of `app/_ui` in its states, light beside dark: for whoever builds a page. Only a development server has it. */
export default function Gallery() {
  return (
    <TimeZoneProvider initialLocal={false}>
      <main className="grid gap-px bg-line xl:grid-cols-2">
        {(["light", "dark"] as const).map((theme) => (
          <div key={theme} style={{ colorScheme: theme }} className="min-w-0 bg-canvas text-ink">
            <h1 className="border-b px-4 py-2 font-semibold text-title">Parts, {theme}</h1>
            <StateParts />
            <DataParts />
            <ActParts />
          </div>
        ))}
      </main>
      <Announcer />
    </TimeZoneProvider>
  );
}
