"use client";
import { formatTime } from "./format";
import { useTimeZone } from "./time-zone.client";

/** A recorded time to the millisecond, in the chosen zone; the exact ISO value on hover and for machines. */
export function TimeCell({ at, year = false }: { at: string; year?: boolean }) {
  const { local } = useTimeZone();
  return (
    <time dateTime={at} title={at} className="mono whitespace-nowrap">
      {formatTime(at, { local, year })}
    </time>
  );
}
