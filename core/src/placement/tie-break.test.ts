import { expect, test } from 'vitest'
import { tieBreak } from './tie-break.ts'

/** Kept decisions were chosen by these numbers: see `kept-records.test.ts` of the records before changing one. */
test.each([
  ['vol_01939b6c-7b1e-7c3a-9d52-f00000000001', 'cls_01939b6c-7b1e-7c3a-9d52-c00000000001', 2_594_977_038],
  ['vol_01939b6c-7b1e-7c3a-9d52-f00000000001', 'cls_01939b6c-7b1e-7c3a-9d52-c00000000002', 2_578_199_419],
  ['vol_01939b6c-7b1e-7c3a-9d52-f00000000002', 'cls_01939b6c-7b1e-7c3a-9d52-c00000000001', 4_268_785_353],
])('the hash of %s and %s', (volumeId, clusterId, hash) => {
  expect(tieBreak(volumeId, clusterId)).toBe(hash)
})
