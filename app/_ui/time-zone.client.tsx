"use client";
import { createContext, useContext, useEffect, useMemo, useState } from "react";
import { announce } from "./announce";
import { earlyPress } from "./early-press";
import { useTaste } from "./use-taste";

type Zone = { readonly local: boolean; readonly toggle: () => void };
const ZoneContext = createContext<Zone>({ local: false, toggle: () => {} });

/**
 * Holds which zone times are shown in: UTC, or the reader's own after `u`. The first drawing is UTC on both sides,
 * because the server does not know the reader's zone.
 */
export function TimeZoneProvider({ initialLocal, children }: { initialLocal: boolean; children: React.ReactNode }) {
  const [chosen, choose] = useTaste("tz", initialLocal ? "local" : "utc");
  const [alive, setAlive] = useState(false);
  useEffect(() => setAlive(true), []);
  const local = alive && chosen === "local";
  const zone = useMemo(
    () => ({
      local,
      toggle: () => {
        announce(local ? "Times in UTC" : "Times in your own zone");
        choose(local ? "utc" : "local");
      },
    }),
    [local, choose],
  );
  return <ZoneContext value={zone}>{children}</ZoneContext>;
}

/** The zone in use and the switch between the two. */
export function useTimeZone(): Zone {
  return useContext(ZoneContext);
}

/** The button of the top bar that names the zone in use and changes it. */
export function TimeZoneButton() {
  const { local, toggle } = useTimeZone();
  return (
    <button
      {...earlyPress}
      type="button"
      onClick={toggle}
      aria-keyshortcuts="u"
      className="icon-btn px-2 font-medium text-data"
      aria-label={local ? "Times in your zone, switch to UTC" : "Times in UTC, switch to your zone"}
    >
      {local ? "Local" : "UTC"}
    </button>
  );
}
