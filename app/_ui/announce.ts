/** Says a short sentence to screen readers, politely, and shows it for 1.5 s to everyone else. */
export function announce(message: string): void {
  window.dispatchEvent(new CustomEvent("tidemark:announce", { detail: message }));
}
