/** The last press of a marked button that React had not reached, and the buttons that it has reached. */
type Early = {
  pressed?: { readonly button: Element; readonly event: MouseEvent } | undefined;
  readonly reached: WeakSet<Element>;
};

/** What was pressed longer ago is no longer meant. */
const FRESH_MS = 5_000;

/**
 * The inline script that keeps the press of a button that nothing listens to yet; the button shows that it was pressed. A
 * form is not sent by itself meanwhile, as its own code is what sends it.
 */
export const earlyPressScript = `(() => {
  const early = { reached: new WeakSet() };
  window.tidemarkEarlyPress = early;
  window.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-early]");
    if (!button || early.reached.has(button)) return;
    early.pressed = { button, event };
    button.setAttribute("aria-busy", "true");
    if (button.type === "submit") event.preventDefault();
  }, true);
})()`;

/**
 * For a button that does something by code of its own: pressed before that code is there, it is pressed again, once, as
 * soon as it is, unless that takes 5 s. Links and forms of plain HTML need none of this.
 */
export const earlyPress = { "data-early": "", ref: replayEarlyPress } as const;

function replayEarlyPress(button: HTMLElement | null): void {
  const early = (window as { tidemarkEarlyPress?: Early }).tidemarkEarlyPress;
  if (!button || !early || early.reached.has(button)) return;
  early.reached.add(button);
  const { pressed } = early;
  if (pressed?.button !== button) return;
  early.pressed = undefined;
  button.removeAttribute("aria-busy");
  const { event } = pressed;
  // React may have come because of this very press, and then hands it on by itself.
  const handedOn = event.eventPhase !== Event.NONE && !event.defaultPrevented;
  if (!handedOn && performance.now() - event.timeStamp < FRESH_MS) queueMicrotask(() => button.click());
}
