/** Where keys wait that were pressed before the page had come to life, and what puts them there. */
type EarlyKeys = { readonly events: KeyboardEvent[]; readonly take: (event: KeyboardEvent) => void };

/** What was pressed longer ago is no longer meant. */
const FRESH_MS = 5_000;

/**
 * The inline script that keeps keys until the page listens: a page is read, and acted on, before its scripts have run.
 * What is typed into a field, or with a modifier, is the browser's and is not kept.
 */
export const earlyKeysScript = `(() => {
  const events = [];
  const take = (event) => {
    const field = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (!field && !event.metaKey && !event.ctrlKey && !event.altKey && events.length < 20) events.push(event);
  };
  window.tidemarkEarlyKeys = { events, take };
  window.addEventListener("keydown", take);
})()`;

/** The keys that were kept, oldest first; from now on the page listens itself. */
export function takeEarlyKeys(): readonly KeyboardEvent[] {
  const holder = window as { tidemarkEarlyKeys?: EarlyKeys };
  const early = holder.tidemarkEarlyKeys;
  if (!early) return [];
  window.removeEventListener("keydown", early.take);
  delete holder.tidemarkEarlyKeys;
  return early.events.filter(({ timeStamp }) => performance.now() - timeStamp < FRESH_MS);
}
