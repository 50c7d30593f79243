import type { ClusterCapacity } from '@flotilla/core/clusters/cluster-capacity'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import { projectedRatio, ratioToNumber, scaleBytes } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'
import { existing } from '../identity/existing.ts'
import type { Loaders } from '../loaders.ts'

export const clusterCapacity = builder.objectRef<ClusterCapacity>('ClusterCapacity').implement({
  description:
    'What a cluster has, promised and used, as last observed. An old figure stays and shows its age.',
  fields: (t) => ({
    provisionedBytes: t.expose('provisionedBytes', {
      type: 'Bytes',
      description:
        'Promised: size x replicas of all volumes on the cluster at the last inventory, in bytes, ours or not.',
    }),
    pendingBytes: t.expose('pendingBytes', {
      type: 'Bytes',
      description: 'Promised by us and not contained in the last inventory, in bytes.',
    }),
    effectiveBytes: t.expose('effectiveBytes', {
      type: 'Bytes',
      description: 'Usable physical storage, in bytes.',
    }),
    usedBytes: t.expose('usedBytes', { type: 'Bytes', description: 'Physically written, in bytes.' }),
    freeBytes: t.expose('freeBytes', {
      type: 'Bytes',
      description: 'Physically free before the cluster turns read-only, in bytes.',
    }),
    provisionedRatio: t.float({
      nullable: true,
      description:
        '(provisioned + pending) / effective, a fraction that may exceed 1; null when effective is 0.',
      resolve: (capacity) => {
        const ratio = projectedRatio(capacity, 0n)
        return ratio && ratioToNumber(ratio)
      },
    }),
    utilization: t.float({
      nullable: true,
      description: 'used / effective, a fraction from 0 to 1; null when effective is 0.',
      resolve: ({ usedBytes, effectiveBytes }) =>
        effectiveBytes > 0n ? ratioToNumber({ numerator: usedBytes, denominator: effectiveBytes }) : null,
    }),
    maxProvisionedRatio: t.float({
      description:
        'The highest provisioned ratio at which the default policy still places new volumes, a fraction.',
      resolve: async (_capacity, _args, { loaders }) =>
        ratioToNumber((await defaultPolicyOf(loaders)).maxProvisionedRatio),
    }),
    headroomBytes: t.field({
      type: 'Bytes',
      description:
        'What may still be promised: max(0, effective x maxProvisionedRatio - provisioned - pending), in bytes.',
      resolve: async (capacity, _args, { loaders }) =>
        headroomBytes(capacity, await defaultPolicyOf(loaders)),
    }),
    maxReplicas: t.exposeInt('maxReplicas', { description: 'Replicas that the cluster can honour now.' }),
    volumeCount: t.exposeInt('volumeCount', {
      description: 'Volumes on the cluster at the last inventory, ours or not.',
    }),
    foreignVolumeCount: t.exposeInt('foreignVolumeCount', {
      description: 'How many of these are not ours. They are counted and never touched.',
    }),
    observedAt: t.expose('observedAt', { type: 'DateTime', description: 'When the figures were measured.' }),
    inventoryAt: t.expose('inventoryAt', {
      type: 'DateTime',
      description: 'When the inventory behind `provisionedBytes` began.',
    }),
    stale: t.boolean({
      description: 'Older than the default policy allows; a cluster with stale figures gets no new volumes.',
      resolve: async ({ observedAt }, _args, { loaders, now }) =>
        now().getTime() - observedAt.getTime() > (await defaultPolicyOf(loaders)).maxObservationAgeMs,
    }),
  }),
})

/** Whatever policies there are, a cluster's own figures refer to this one. */
async function defaultPolicyOf({ policy }: Loaders): Promise<PlacementPolicy> {
  return (await existing(policy.load(DEFAULT_POLICY_NAME), DEFAULT_POLICY_NAME)).policy
}

function headroomBytes(capacity: ClusterCapacity, policy: PlacementPolicy): bigint {
  const limitBytes = scaleBytes(capacity.effectiveBytes, policy.maxProvisionedRatio)
  const leftBytes = limitBytes - capacity.provisionedBytes - capacity.pendingBytes
  return leftBytes > 0n ? leftBytes : 0n
}
