import type { PlacementIntent, WantedPlacement } from '../ports/placement-ledger.ts'
import type { PlacementPolicy } from './policy.ts'

/** What was asked for, with the policy's word on whatever it leaves open. */
export function applyDefaults(
  wanted: WantedPlacement,
  policy: Pick<PlacementPolicy, 'defaultReplicas' | 'defaultCompression' | 'defaultQosPolicy'>,
): PlacementIntent {
  if (wanted.kind === 'UPDATE') return wanted
  const { volume } = wanted
  return {
    ...wanted,
    volume: {
      ...volume,
      replicas: volume.replicas ?? policy.defaultReplicas,
      compression: volume.compression ?? policy.defaultCompression,
      qosPolicy: volume.qosPolicy ?? policy.defaultQosPolicy,
    },
  }
}
