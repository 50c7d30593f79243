import { askOnce, type LoadKind } from '../load-kind.ts'

const SNAPSHOT = 'snapshot { id } operation { id }'

/** Snapshots, and volumes put back to them. */
export const SNAPSHOT_KINDS: readonly LoadKind[] = [
  {
    name: 'snapshot',
    share: 8,
    async ask(context) {
      const { known, key, random } = context
      const volume = known.pickVolume(random)
      if (!volume) return null
      const input = { volumeId: volume.id, name: key }
      const { __typename, snapshot } = await askOnce(context, 'createSnapshot', input, SNAPSHOT)
      if (snapshot) known.addSnapshot({ id: snapshot.id, volumeId: volume.id })
      return __typename
    },
  },
  {
    name: 'delete-snapshot',
    share: 4,
    async ask(context) {
      const { known, random } = context
      const snapshot = known.pickSnapshot(random)
      if (!snapshot) return null
      const { __typename, snapshot: deleted } = await askOnce(
        context,
        'deleteSnapshot',
        { id: snapshot.id },
        SNAPSHOT,
      )
      if (deleted || __typename === 'NotFoundError') known.dropSnapshots(({ id }) => id === snapshot.id)
      return __typename
    },
  },
  {
    name: 'restore',
    share: 3,
    async ask(context) {
      const snapshot = context.known.pickSnapshot(context.random)
      if (!snapshot) return null
      const input = { id: snapshot.volumeId, snapshotId: snapshot.id }
      return (await askOnce(context, 'restoreVolume', input)).__typename
    },
  },
]
