import { expect, test } from 'vitest'
import { sampleHeldVolume } from '../testing/sample-held-volume.ts'
import { moveSteps } from './move-steps.ts'

test('the steps create, copy, compare and switch before anything is deleted', () => {
  const volume = sampleHeldVolume(1, {
    name: 'db-1',
    qosPolicy: 'gold',
    labels: { tier: 'fast' },
    request: { group: 'default/db' },
  })
  const steps = moveSteps(volume, 'cluster-2')
  expect(steps.map(({ kind }) => kind)).toEqual([
    'CREATE_TARGET',
    'COPY',
    'VERIFY',
    'SWITCH',
    'DELETE_SOURCE',
  ])
  const [create, copy, , , remove] = steps
  expect(create?.summary).toContain('cluster-2')
  expect(create?.commands[0]).toContain('name: "db-1-moved"')
  expect(create?.commands[0]).toContain(
    'qosPolicy: "gold", group: "db", labels: [{key: "tier", value: "fast"}]',
  )
  expect(copy?.commands.join('\n')).toContain(`nvme-uuid.${volume.backendId}`)
  expect(copy?.summary).toContain('hosts are not on record')
  expect(remove?.commands.join('\n')).toContain(`id: "${volume.request.volumeId}"`)
  expect(remove?.commands.join('\n')).toContain('name: "db-1"')
})

test('a name of full length stays within what names may have', () => {
  const [create] = moveSteps(sampleHeldVolume(1, { name: 'n'.repeat(253) }), 'cluster-2')
  expect(/name: "([^"]+)"/.exec(create?.commands[0] ?? '')?.[1]).toHaveLength(253)
})
