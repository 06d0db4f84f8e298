/** Every bound in one place. Bytes are UTF-8 bytes, times are milliseconds. */
export const limits = {
  eventBytes: 1024 * 1024,
  requestBytes: 8 * 1024 * 1024,
  eventsPerAppend: 1_000,
  streamsPerAppend: 100,
  streamNameBytes: 512,
  typeNameBytes: 200,
  payloadDepth: 128,
  pageDefault: 50,
  pageMax: 500,
  /** How many events one state request folds before it must say so. */
  foldMax: 200_000,
  /** Counting stops here; beyond it the console says "100,000 +". */
  countMax: 100_000,
  readTimeoutMs: 5_000,
  waitForPositionMs: 10_000,
} as const;
