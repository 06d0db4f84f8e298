import { dialogIsOpen } from "./open-dialog";

/** Whether the reader is in the middle of something that an update would pull away: a dialog, a wait, selected text. */
export function updatesHeld(): boolean {
  if (dialogIsOpen() || document.querySelector('[aria-busy="true"]')) return true;
  return (window.getSelection()?.toString() ?? "") !== "";
}
