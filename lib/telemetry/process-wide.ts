/**
 * The one `made` of this process under `name`, made on first use. The console's bundles each have modules of their own,
 * so what a process counts or collects hangs on `globalThis`.
 */
export function processWide<Made>(name: string, make: () => Made): Made {
  const held = globalThis as unknown as Record<symbol, Made | undefined>;
  const key = Symbol.for(`tidemark.${name}`);
  const made = held[key] ?? make();
  held[key] = made;
  return made;
}
