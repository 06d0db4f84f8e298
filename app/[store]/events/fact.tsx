/** One fact of an event in a list of them: its name, and beside it what is known. */
export function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex min-h-7 items-center gap-3 px-4">
      <dt className="w-20 shrink-0 text-faint">{label}</dt>
      <dd className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2">{children}</dd>
    </div>
  );
}
