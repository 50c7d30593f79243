import { retryOnConflict } from '@flotilla/prisma/database/transaction'
import type { Stack } from '../testkit/stack.ts'

const RACES_RETRIED = 10

/**
 * Changes every cluster behind the product's back. Polls begin meanwhile and lock the clusters in an order of their own: who loses a deadlock tries
 * again.
 *
 * @param assignments as SQL has them after SET
 */
export async function changeClusters(
  { sql }: Pick<Stack, 'sql'>,
  assignments: string,
  values: readonly unknown[] = [],
): Promise<void> {
  await retryOnConflict(RACES_RETRIED, () => sql.query(`UPDATE cluster SET ${assignments}`, [...values]))
}
