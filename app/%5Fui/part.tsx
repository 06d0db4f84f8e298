/** One part of the gallery, named after its file. */
export function Part({ file, children }: { file: string; children: React.ReactNode }) {
  return (
    <section aria-label={file} className="border-b py-3">
      <h2 className="mono px-4 pb-2 text-faint">{file}</h2>
      {children}
    </section>
  );
}

/** Its states, one beside the other. */
export function States({ children }: { children: React.ReactNode }) {
  return <div className="flex flex-wrap items-center gap-3 px-4">{children}</div>;
}
