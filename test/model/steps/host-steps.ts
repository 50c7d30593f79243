import fc from 'fast-check'
import { needsAvailable, surely, when } from '../expectation.ts'
import { MODES, touch } from '../model.ts'
import { freshKey, type Step, send } from '../step.ts'
import { expectedRevision, onVolume, revision, which } from './volume-steps.ts'

const HOSTS = 2
const hosts = fc.subarray(
  Array.from({ length: HOSTS }, (_, number) => number),
  { minLength: 1 },
)

export const attachVolume: fc.Arbitrary<Step> = fc
  .record({ which, revision, hosts, mode: fc.constantFrom(...MODES) })
  .map(({ which: number, hosts: named, mode, revision: wanted }) =>
    onVolume(
      `attach to hosts ${named}, ${mode}, revision ${wanted}`,
      number,
      async (model, stack, volume) => {
        const expected = await expectedRevision(stack, volume, wanted)
        const others = [...volume.hosts].filter(([host]) => !named.includes(host))
        const isInTheWay =
          others.length > 0 && (mode === 'EXCLUSIVE' || others.some(([, present]) => present === 'EXCLUSIVE'))
        const { isSettled } = volume
        await send(model, stack, {
          field: 'attachVolume',
          input: {
            idempotencyKey: freshKey(model),
            id: volume.id,
            hostIds: named.map((host) => model.hostIds[host]),
            mode,
            ...expected.input,
          },
          checks: [
            needsAvailable(volume),
            expected.check,
            [when(mode === 'EXCLUSIVE' && named.length > 1), 'InvalidInputError'],
            [when(isInTheWay, surely(isSettled)), 'VolumeAttachedError'],
            [when(!isSettled, 'PERHAPS'), 'VolumeAttachedError'],
          ],
          accept() {
            const all = [...volume.hosts.keys(), ...named]
            volume.hosts = new Map(all.map((host) => [host, mode]))
            touch(volume)
          },
        })
      },
    ),
  )

export const detachVolume: fc.Arbitrary<Step> = fc
  .record({ which, revision, hosts: fc.option(hosts, { nil: undefined }) })
  .map(({ which: number, hosts: named, revision: wanted }) =>
    onVolume(
      `detach from ${named ? `hosts ${named}` : 'all hosts'}, revision ${wanted}`,
      number,
      async (model, stack, volume) => {
        const expected = await expectedRevision(stack, volume, wanted)
        await send(model, stack, {
          field: 'detachVolume',
          input: {
            idempotencyKey: freshKey(model),
            id: volume.id,
            ...(named && { hostIds: named.map((host) => model.hostIds[host]) }),
            ...expected.input,
          },
          checks: [needsAvailable(volume), expected.check],
          accept() {
            const left = [...volume.hosts].filter(([host]) => named && !named.includes(host))
            volume.hosts = new Map(left)
            touch(volume)
          },
        })
      },
    ),
  )
