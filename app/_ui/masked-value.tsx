/** Personal data that is not shown: a hatch and the words, never a length or a hint of the value. */
export function MaskedValue() {
  return (
    <span className="inline-flex items-center gap-1.5 rounded-control bg-shred-tint px-1.5 font-sans text-data text-shred">
      <span aria-hidden="true" className="hatch inline-block h-2.5 w-8 rounded-[2px] text-shred-solid" />
      personal data, masked
    </span>
  );
}
