/** Collects a statement's values; each call of `bind` returns the placeholder that stands for its value. */
export function createValues(): { readonly values: unknown[]; readonly bind: (value: unknown) => string } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}
