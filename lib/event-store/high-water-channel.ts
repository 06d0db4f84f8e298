/** The channel on which the high-water agent of a store announces each new mark, as decimal text. One store, one channel. */
export function highWaterChannel(schema: string): string {
  return `${schema}_high_water`;
}
