/** Where keys wait that were pressed before the page had come to life, and what puts them there. */
type EarlyKeys = {
  readonly events: KeyboardEvent[];
  readonly mayWait: (event: KeyboardEvent) => boolean;
  readonly take: (event: KeyboardEvent) => void;
};

/** What was pressed longer ago is no longer meant. */
const FRESH_MS = 5_000;

/**
 * The inline script that keeps keys until the page listens: a page is read, and acted on, before its scripts have run.
 * What is typed into a field, or with a modifier, is the browser's and may not wait; Shift alone says nothing, and nothing
 * must wait behind it.
 */
export const earlyKeysScript = `(() => {
  const events = [];
  const mayWait = (event) => {
    const field = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    const speaks = event.key.length === 1 || /^(Enter|Backspace|Escape|Arrow.*)$/.test(event.key);
    return !field && speaks && !event.metaKey && !event.ctrlKey && !event.altKey;
  };
  const take = (event) => {
    if (mayWait(event) && events.length < 60) events.push(event);
  };
  window.tidemarkEarlyKeys = { events, mayWait, take };
  window.addEventListener("keydown", take);
})()`;

/** How long a key waits at most for the content that it is about: the frame of a page comes to life before all is there. */
const PATIENCE_MS = 3_000;

/** Whether a part of the page has yet to arrive, or stands unseen where React puts what is about to take its place. */
function stillComing(): boolean {
  return document.readyState !== "complete" || document.querySelector("[hidden][id^='S:']") !== null;
}

/** The keys that had no effect so far, on a page that is still coming. */
export type WaitingKeys = {
  /**
   * Gives a key to the page. While the page is still coming, for 3 s at most, a character that nothing came of waits, and
   * so does every key that is pressed behind one that waits: none overtakes another.
   */
  readonly take: (event: KeyboardEvent) => void;
  readonly stop: () => void;
};

/**
 * Gives the kept keys to `handle`, oldest first, each until it had its effect or the page is there; from now on the page
 * listens itself. What was typed behind a key that leads into a field is typed into that field.
 */
export function replayEarlyKeys(handle: (event: KeyboardEvent) => boolean): WaitingKeys {
  const holder = window as { tidemarkEarlyKeys?: EarlyKeys };
  const early = holder.tidemarkEarlyKeys;
  if (early) window.removeEventListener("keydown", early.take);
  delete holder.tidemarkEarlyKeys;
  const left = (early?.events ?? []).filter(({ timeStamp }) => performance.now() - timeStamp < FRESH_MS);
  const until = early ? performance.now() + PATIENCE_MS : 0;
  const coming = () => performance.now() < until && stillComing();
  let frame = 0;
  let entered: HTMLInputElement | undefined;
  const again = () => {
    while (left[0]) {
      const field = document.activeElement;
      if (!(entered !== undefined && field === entered && typeInto(entered, left[0].key))) {
        if (!handle(left[0]) && coming()) break;
        const now = document.activeElement;
        if (now !== field && now instanceof HTMLInputElement) entered = now;
      }
      left.shift();
    }
    frame = left.length > 0 ? requestAnimationFrame(again) : 0;
  };
  // Not at once: the router listens to changes of the address only after the effects of all that it holds have run.
  if (left.length > 0) frame = requestAnimationFrame(again);
  return {
    take(event) {
      const waits = early?.mayWait(event);
      const behind = waits && left.length > 0;
      if (!behind && (handle(event) || !waits || event.key.length > 1 || !coming())) return;
      left.push(event);
      if (frame === 0) frame = requestAnimationFrame(again);
    },
    stop: () => cancelAnimationFrame(frame),
  };
}

/** Does with a field what a key would have done there; false for a key that does nothing in a line of text. */
function typeInto(field: HTMLInputElement, key: string): boolean {
  if (key === "Enter") {
    // The button, not the form: where its own code is yet to come, the press of the button waits for it.
    const button = field.form?.querySelector<HTMLElement>("[type=submit]");
    button?.click();
    return button !== undefined && button !== null;
  }
  const end = field.selectionEnd ?? field.value.length;
  const begin = field.selectionStart ?? end;
  if (key === "Backspace") field.setRangeText("", begin === end ? Math.max(0, begin - 1) : begin, end, "end");
  else if (key.length === 1) field.setRangeText(key, begin, end, "end");
  else return false;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  return true;
}
