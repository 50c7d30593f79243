import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { MUTATIONS } from '../testkit/refusals.ts'

/** Who else uses the fleet would not like clusters to come and go, nor keys that nobody imports. */
const LEFT_OUT = ['registerCluster', 'detachCluster', 'rotateServiceKey', 'retireServiceKey']

it('no mutation is left out', () => {
  const folder = new URL('./kinds/', import.meta.url)
  const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'))
  const isAsked = (mutation: string) => sources.some((source) => source.includes(`'${mutation}'`))
  expect(MUTATIONS.filter((mutation) => !isAsked(mutation))).toEqual(LEFT_OUT.toSorted())
})
