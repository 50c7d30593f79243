import { carryOutItem } from '@flotilla/core/commands/carry-out-item'
import type { OperationId } from '@flotilla/core/identity/ids'
import type { EndedItem } from '@flotilla/prisma/operations/bulk-carrier'
import type { WorkerDependencies } from '../dependencies.ts'
import { inLanes } from '../in-lanes.ts'

/** Items that are placed share transactions; the others have one each, and must leave connections to other work. */
const AT_ONCE = {
  CREATE_VOLUMES: 64,
  UPDATE_VOLUMES: 64,
  DELETE_VOLUMES: 3,
  CREATE_SNAPSHOTS: 3,
  ATTACH_VOLUMES: 3,
  DETACH_VOLUMES: 3,
} as const

/**
 * Carries out what is left of a bulk operation, some items together, through the ordinary commands. Safe at any time,
 * twice, and after any crash: each item has a key of its own that follows from its place.
 */
export async function carryOutBulk(
  { bulks, commands, commandPorts, bus, log }: WorkerDependencies,
  operationId: OperationId,
): Promise<void> {
  for (;;) {
    const begun = await bulks.begin(operationId)
    bus.publish()
    if (!begun) return
    const ended: EndedItem[] = []
    await inLanes(begun[0] ? AT_ONCE[begun[0].kind] : 0, begun, async (item) => {
      try {
        ended.push({ item, outcome: await carryOutItem(commandPorts, commands, item) })
      } catch (error) {
        // An error of our own keeps one item waiting, not the others.
        log.error({ err: error, operation: operationId, position: item.position }, 'item failed')
        ended.push({ item, outcome: { kind: 'LATER' } })
      }
    })
    await bulks.end(operationId, ended)
    bus.publish()
    if (ended.some(({ outcome }) => outcome.kind === 'LATER')) return
  }
}
