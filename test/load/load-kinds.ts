import { BULK_KINDS } from './kinds/bulk-kinds.ts'
import { CHANGE_KINDS } from './kinds/change-kinds.ts'
import { CREATE_KINDS } from './kinds/create-kinds.ts'
import { FLEET_KINDS } from './kinds/fleet-kinds.ts'
import { HOST_KINDS } from './kinds/host-kinds.ts'
import { OPERATION_KINDS } from './kinds/operation-kinds.ts'
import { POLICY_KINDS } from './kinds/policy-kinds.ts'
import { READ_KINDS } from './kinds/read-kinds.ts'
import { SCHEDULE_KINDS } from './kinds/schedule-kinds.ts'
import { SNAPSHOT_KINDS } from './kinds/snapshot-kinds.ts'
import type { LoadKind } from './load-kind.ts'

/** Everything that a load asks for; the first is asked for where nothing is there yet to ask another of. */
export const LOAD_KINDS: readonly [LoadKind, ...LoadKind[]] = [
  ...(CREATE_KINDS as [LoadKind, ...LoadKind[]]),
  ...CHANGE_KINDS,
  ...SNAPSHOT_KINDS,
  ...HOST_KINDS,
  ...SCHEDULE_KINDS,
  ...BULK_KINDS,
  ...OPERATION_KINDS,
  ...POLICY_KINDS,
  ...FLEET_KINDS,
  ...READ_KINDS,
]
