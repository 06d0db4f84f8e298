/** Whether a dialog stands over the page: keys and updates are then not for what lies under it. */
export function dialogIsOpen(): boolean {
  return document.querySelector('[role="dialog"]') !== null;
}
