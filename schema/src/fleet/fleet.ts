import type { FleetTotals } from '@flotilla/core/clusters/cluster-capacity'
import { projectedRatio, ratioToNumber } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'
import { isNode } from '../identity/is-node.ts'
import { FLEET_ID } from '../identity/parse-node-id.ts'

type ObservedTotals = { readonly [Key in keyof FleetTotals]: NonNullable<FleetTotals[Key]> }

const fleetCapacity = builder.objectRef<ObservedTotals>('FleetCapacity').implement({
  description: 'Figures of all observed clusters together: sums in bytes, never means of ratios.',
  fields: (t) => ({
    observedClusterCount: t.exposeInt('observedClusterCount', {
      description: 'Clusters that the sums contain.',
    }),
    provisionedBytes: t.expose('provisionedBytes', {
      type: 'Bytes',
      description: 'Promised: size x replicas of all volumes at the last inventories, in bytes, ours or not.',
    }),
    pendingBytes: t.expose('pendingBytes', {
      type: 'Bytes',
      description: 'Promised by us and not yet contained in an inventory, in bytes.',
    }),
    effectiveBytes: t.expose('effectiveBytes', {
      type: 'Bytes',
      description: 'Usable physical storage, in bytes.',
    }),
    usedBytes: t.expose('usedBytes', { type: 'Bytes', description: 'Physically written, in bytes.' }),
    freeBytes: t.expose('freeBytes', {
      type: 'Bytes',
      description: 'Physically free before clusters turn read-only, in bytes.',
    }),
    provisionedRatio: t.float({
      nullable: true,
      description:
        '(provisioned + pending) / effective, a fraction that may exceed 1; null when effective is 0.',
      resolve: (totals) => {
        const ratio = projectedRatio(totals, 0n)
        return ratio && ratioToNumber(ratio)
      },
    }),
    oldestObservedAt: t.expose('oldestObservedAt', {
      type: 'DateTime',
      description: 'When the oldest figure in the sums was measured.',
    }),
  }),
})

/** The one fleet; its figures come from the loader of the request. */
export const fleet = builder.node(builder.objectRef<{ id: string }>('Fleet'), {
  id: { resolve: () => FLEET_ID, description: 'Always `fleet`.' },
  description: 'All clusters together.',
  isTypeOf: isNode('Fleet'),
  loadManyWithoutCache: (ids) => ids.map((id) => ({ id })),
  fields: (t) => ({
    clusterCount: t.int({
      description: 'Clusters of the fleet, reachable or not.',
      resolve: async (_fleet, _args, { loaders }) => (await loaders.fleet.load('fleet')).clusterCount,
    }),
    connectedClusterCount: t.int({
      description: 'Clusters that answered their last poll.',
      resolve: async (_fleet, _args, { loaders }) =>
        (await loaders.fleet.load('fleet')).connectedClusterCount,
    }),
    volumeCount: t.int({
      description: 'Volumes of ours that are not deleted.',
      resolve: async (_fleet, _args, { loaders }) => (await loaders.fleet.load('fleet')).volumeCount,
    }),
    capacity: t.field({
      type: fleetCapacity,
      nullable: true,
      description: 'Sums over the clusters; null until one of them has been observed.',
      resolve: async (_fleet, _args, { loaders }) => observedOf(await loaders.fleet.load('fleet')),
    }),
  }),
})

builder.queryField('fleet', (t) =>
  t.field({ type: fleet, description: 'All clusters together.', resolve: () => ({ id: FLEET_ID }) }),
)

function observedOf(totals: FleetTotals): ObservedTotals | null {
  const isObserved = Object.values(totals).every((figure) => figure !== null)
  return isObserved ? (totals as ObservedTotals) : null
}
