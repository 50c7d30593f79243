/** For a DataLoader that writes: what is asked for within some milliseconds goes into one statement, nothing is remembered. */
export function gathered(forMs: number) {
  return {
    cache: false,
    maxBatchSize: 256,
    batchScheduleFn: (dispatch: () => void) => void setTimeout(dispatch, forMs),
  }
}
