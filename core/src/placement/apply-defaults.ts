import type { PlacementPolicy } from '../policies/policy.ts'
import type { SourceFacts } from '../volumes/clone-source.ts'
import type { PlacementIntent, WantedPlacement } from './placement-intent.ts'

/** What was asked for, with the word of its source, then of the policy, on whatever it leaves open. */
export function applyDefaults(
  wanted: WantedPlacement,
  policy: Pick<PlacementPolicy, 'defaultReplicas' | 'defaultCompression' | 'defaultQosPolicy'>,
  source?: SourceFacts,
): PlacementIntent {
  if (wanted.kind === 'UPDATE') return wanted
  const { volume } = wanted
  return {
    ...wanted,
    volume: {
      ...volume,
      sizeBytes: volume.sizeBytes ?? source?.sizeBytes ?? 0n,
      replicas: volume.replicas ?? source?.replicas ?? policy.defaultReplicas,
      compression: volume.compression ?? source?.compression ?? policy.defaultCompression,
      qosPolicy: volume.qosPolicy === undefined ? policy.defaultQosPolicy : volume.qosPolicy,
    },
  }
}
