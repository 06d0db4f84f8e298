/** What is told within a tab when somebody was forgotten: whatever it shows of persons is to be dropped. */
const FORGOTTEN = "tidemark:forgotten";

/** Tells it. */
export function tellForgotten(): void {
  window.dispatchEvent(new Event(FORGOTTEN));
}

/** Calls `drop` whenever it is told; returns how to stop. */
export function onForgotten(drop: () => void): () => void {
  window.addEventListener(FORGOTTEN, drop);
  return () => window.removeEventListener(FORGOTTEN, drop);
}
