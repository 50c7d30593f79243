import { CHANGE_KINDS } from './kinds/change-kinds.ts'
import { CREATE_KINDS } from './kinds/create-kinds.ts'
import { FLEET_KINDS } from './kinds/fleet-kinds.ts'
import { HOST_KINDS } from './kinds/host-kinds.ts'
import { READ_KINDS } from './kinds/read-kinds.ts'
import { SNAPSHOT_KINDS } from './kinds/snapshot-kinds.ts'
import type { LoadKind } from './load-kind.ts'

/** Everything that a load asks for; the first is asked for where nothing is there yet to ask another of. */
export const LOAD_KINDS: readonly [LoadKind, ...LoadKind[]] = [
  ...(CREATE_KINDS as [LoadKind, ...LoadKind[]]),
  ...CHANGE_KINDS,
  ...SNAPSHOT_KINDS,
  ...HOST_KINDS,
  ...FLEET_KINDS,
  ...READ_KINDS,
]
