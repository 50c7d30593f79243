import type { ClusterId } from '@flotilla/core/identity/ids'
import { expect, test } from 'vitest'
import { createPollNudges } from './poll-nudges.ts'

const ID = 'cls_1' as ClusterId

/** What was asked for, once all that waits has come. */
function pollsAfter(asked: readonly boolean[]): readonly boolean[] {
  const polls: boolean[] = []
  const due: (() => void)[] = []
  const after = (_ms: number, run: () => void) => {
    due.push(run)
    return () => {}
  }
  const nudges = createPollNudges({ now: () => 0, after }, async (_id, readsInventory) => {
    polls.push(readsInventory)
  })
  for (const readsInventory of asked) nudges.nudge(ID, readsInventory)
  for (const run of due) run()
  return polls
}

test.each<[asked: boolean[], reads: boolean]>([
  [[false, false], false],
  [[true, false], true],
  [[false, true, false], true],
])(
  'of changes that come soon after each other, %j need an inventory: one poll, and it reads it: %j',
  (asked, reads) => {
    expect(pollsAfter(asked)).toEqual([reads])
  },
)
