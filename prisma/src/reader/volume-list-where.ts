import type { VolumeConditions } from '@flotilla/core/ports/fleet-reader'
import type { Where } from '@flotilla/core/ports/page'
import type { Prisma } from '../generated/client.ts'
import { bytesFilter, namesState, oneOf, textIs, toPrismaWhere } from './where.ts'

/** The volumes that a list has: deleted and released ones only where a condition names states. */
export function volumeListWhere(where: Where<VolumeConditions>): Prisma.VolumeWhereInput {
  const live = namesState(where) ? {} : { state: { notIn: ['DELETED', 'RELEASED'] } }
  return { AND: [live, volumeWhere(where)] }
}

function volumeWhere(where: Where<VolumeConditions>): Prisma.VolumeWhereInput {
  return toPrismaWhere(where, (each) => [
    textIs('name', each.name),
    textIs('project', each.project),
    {
      clusterId: oneOf(each.clusterId),
      sourceSnapshotId: oneOf(each.sourceSnapshotId),
      attachments: each.hostId && { some: { hostId: oneOf(each.hostId) } },
      state: oneOf(each.state),
      sizeBytes: bytesFilter(each.sizeBytes),
    },
  ])
}
