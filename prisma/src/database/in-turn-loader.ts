import DataLoader from 'dataloader'

const LARGEST_BATCH = 256

/**
 * Gathers what is written for many. What is asked for within some milliseconds goes into one batch; what comes while one is being
 * written waits for its end and goes together. However busy the database, this takes one of the pool's connections, and the
 * busier it is, the more share a statement. Nothing is remembered.
 *
 * @param gatherMs how long the first of a batch waits for others
 * @param write answers each in order; what it throws is thrown to each of the batch, and to no other
 */
export function createInTurnLoader<Asked, Answer>(
  gatherMs: number,
  write: (batch: readonly Asked[]) => Promise<readonly Answer[]>,
): DataLoader<Asked, Answer> {
  let turn: Promise<unknown> = Promise.resolve()
  let written: Promise<unknown> = turn
  const inTurn = (dispatch: () => void): void => {
    turn = turn.then(() => {
      dispatch()
      return written
    })
  }
  return new DataLoader<Asked, Answer>(
    (batch) => {
      const writing = write(batch)
      written = writing.catch(() => {})
      return writing
    },
    {
      cache: false,
      maxBatchSize: LARGEST_BATCH,
      batchScheduleFn: (dispatch) => void setTimeout(inTurn, gatherMs, dispatch),
    },
  )
}
