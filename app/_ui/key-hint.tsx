/** The key that presses a button, on the button; not part of its name. Of keys pressed together nothing is shown. */
export function KeyHint({ keys }: { keys: string | undefined }) {
  return keys?.length === 1 ? (
    <span aria-hidden="true" className="kbd">
      {keys}
    </span>
  ) : null;
}
