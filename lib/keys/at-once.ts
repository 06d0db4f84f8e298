/** How many calls to what keeps a key-encryption key are under way at once, for one caller. Each may be a round trip. */
const AT_ONCE = 16;

/**
 * Does `work` on every item, some at a time, and returns the results in the order of the items. After a failure nothing more is
 * begun; it is thrown when what was begun has ended.
 */
export async function mapAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  let failed = false;
  const goOn = async () => {
    for (const [n, item] of left) {
      if (failed) return;
      try {
        results[n] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, items.length) }, goOn));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}
