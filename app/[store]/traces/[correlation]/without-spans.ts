import type { RowSpans } from "@/lib/queries/row-spans";

/** Why a row has no spans, in words. The row itself stands: it comes from the log. */
export const withoutSpans: Readonly<Record<NonNullable<RowSpans["missing"]>, string>> = {
  "no-trace": "No spans: this step was recorded outside of any trace.",
  "not-sampled": "No spans: whoever began this trace asked for it not to be sampled.",
  "not-yet": "No spans yet: they are written once a second.",
  "too-old": "No spans any more: they are kept for three days, and only the newest of them.",
  "left-out": "No spans: this trace was left out while there were many, or its process keeps none.",
};
