import type { Verdict } from './decision-fields.ts'

export const REJECTION_WORDS: Record<NonNullable<Verdict['rejection']>['reason'], string> = {
  NOT_SOURCE_CLUSTER: 'Not where its source is',
  CORDONED: 'Cordoned',
  DRAINING: 'Draining',
  EXCLUDED: 'Excluded',
  NOT_CONNECTED: 'Not connected',
  NOT_OBSERVED: 'Not observed',
  OBSERVATION_TOO_OLD: 'Figures too old',
  UNHEALTHY: 'Unhealthy',
  TOO_FEW_REPLICAS: 'Too few replicas',
  NO_EFFECTIVE_CAPACITY: 'No capacity',
  PROMISED_LIMIT: 'Promised limit',
  WRITTEN_LIMIT: 'Written limit',
  LABELS_NOT_MATCHED: 'Labels not matched',
  VOLUME_TOO_LARGE: 'Volume too large',
  TOO_MANY_VOLUMES: 'Too many volumes',
  GROUP_LIMIT: 'Group limit',
}
