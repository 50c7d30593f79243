import { askOnce, type LoadKind } from '../load-kind.ts'

const SCHEDULE = 'snapshotSchedule { id } operation { id }'
/** Each comes once, soon, and then not before the run is over. */
const EVERY_SECONDS = 86_400
const SOON_MS = 2_000

/** Snapshots that are taken by themselves. */
export const SCHEDULE_KINDS: readonly LoadKind[] = [
  {
    name: 'create-schedule',
    share: 2,
    async ask(context) {
      const { known, key, random } = context
      const volume = known.pickVolume(random)
      if (!volume) return null
      const startAt = new Date(Date.now() + random() * SOON_MS).toISOString()
      const input = {
        volumeId: volume.id,
        name: key,
        recurrence: { everySeconds: EVERY_SECONDS, startAt },
        keepCount: 1 + Math.floor(random() * 3),
      }
      const { __typename, snapshotSchedule } = await askOnce(
        context,
        'createSnapshotSchedule',
        input,
        SCHEDULE,
      )
      if (snapshotSchedule) known.addSchedule(snapshotSchedule.id)
      return __typename
    },
  },
  {
    name: 'update-schedule',
    share: 1,
    async ask(context) {
      const { known, random } = context
      const id = known.pickSchedule(random)
      if (!id) return null
      const change = random() < 0.5 ? { paused: random() < 0.5 } : { keepCount: 2 }
      return (await askOnce(context, 'updateSnapshotSchedule', { id, ...change }, SCHEDULE)).__typename
    },
  },
  {
    name: 'delete-schedule',
    share: 1,
    async ask(context) {
      const { known, random } = context
      const id = known.pickSchedule(random)
      if (!id) return null
      const input = { id, deleteSnapshots: random() < 0.5 }
      const { __typename } = await askOnce(context, 'deleteSnapshotSchedule', input, SCHEDULE)
      known.dropSchedule(id)
      return __typename
    },
  },
]
