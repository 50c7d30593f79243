import { devicePath } from '../hosts/connect-host.ts'
import { groupOfKey } from '../volumes/volume-group.ts'
import type { HeldVolume } from './held-volume.ts'
import { moveMethod } from './move-method.ts'

export const MOVE_STEP_KINDS = [
  'PREPARE',
  'CREATE_TARGET',
  'WAIT',
  'ATTACH',
  'CONNECT',
  'COPY',
  'VERIFY',
  'DETACH',
  'SWITCH',
  'RECREATE_SCHEDULES',
  'DELETE_SOURCE',
  'FORGET_SOURCE',
  'RENAME',
] as const

/** One thing to be done for a move, by whom the summary says. */
export interface MoveStep {
  readonly kind: (typeof MOVE_STEP_KINDS)[number]
  readonly summary: string
  /** GraphQL documents and shell lines, in order, to be looked at before they are used. */
  readonly commands: readonly string[]
  /** Of a WAIT: the state that each answer has to tell; they are asked for again until then. */
  readonly until: string | null
}

/** The host that copies. */
export const COPYING_HOST_ID = 'COPYING_HOST_ID'
/** Of the volume that CREATE_TARGET makes; its answer, and that of the WAIT behind it, tell them. */
export const NEW_VOLUME_ID = 'NEW_VOLUME_ID'
export const NEW_BACKEND_ID = 'NEW_BACKEND_ID'
/** Names have at most 253 characters. */
const NAME_KEPT = 247

/**
 * What is to be done, in order, so that a volume comes to another cluster; the documents work as they are once the three
 * names above are replaced. The old one stays as it is until the last steps.
 *
 * @param plannedAt the moment of the plan, which every key tells: what one plan has done is not done again by its steps,
 *   and a later plan begins anew where a move was given up
 */
export function moveSteps(volume: HeldVolume, targetName: string, plannedAt: Date): readonly MoveStep[] {
  const keyOf: KeyOf = (what) => `${what}-${plannedAt.getTime()}`
  const isCopied = moveMethod(volume).kind === 'HOST_COPY'
  return [
    ...(isCopied ? prepare(volume, keyOf) : []),
    step(
      'CREATE_TARGET',
      `Create a volume like it. The plan puts it on ${targetName}; where clusters are alike it may be another one. If it comes to be on the old cluster, the fleet has changed: delete it, and ask for another plan. If its name is taken by what an earlier plan made, go on with the steps of that plan, or delete it first.`,
      [createTarget(volume, keyOf)],
    ),
    wait('AVAILABLE', 'its cluster has it', [NEW_VOLUME_ID]),
    ...(isCopied ? copy(volume, keyOf) : []),
    ...switchOver(volume, keyOf),
    ...recreateSchedules(volume, keyOf),
    ...(isCopied ? deleteSource(volume, keyOf) : [forgetSource(volume, keyOf)]),
    step('RENAME', 'Give the old name to the new one.', [
      mutation(
        'updateVolume',
        [`id: "${NEW_VOLUME_ID}"`, `name: ${quoted(volume.name)}`],
        keyOf(`named-${idOf(volume)}`),
      ),
    ]),
  ]
}

/** The idempotency key of what is done in this plan. */
type KeyOf = (what: string) => string

/** What else would write to it, or have it taken. */
function prepare(volume: HeldVolume, keyOf: KeyOf): readonly MoveStep[] {
  const { hosts, schedules } = volume
  const running = schedules.filter(({ isPaused }) => !isPaused)
  if (hosts.length === 0 && running.length === 0) return []
  const pausing = running.map(({ id }) =>
    mutation('updateSnapshotSchedule', [`id: "${id}"`, 'paused: true'], keyOf(`paused-${id}`)),
  )
  const detaching = hosts.length === 0 ? [] : [detach(idOf(volume), keyOf('left'))]
  const summary = [
    ...(hosts.length === 0 ? [] : ['Stop what uses it, unmount it, and take its hosts from it.']),
    ...(running.length === 0
      ? []
      : ['Pause its schedules: a snapshot that they take now would keep it from being deleted.']),
    'Keep this list: a later plan knows the hosts and schedules as they are by then.',
  ]
  return [
    step('PREPARE', summary.join(' '), [...pausing, ...detaching]),
    ...(hosts.length === 0 ? [] : [wait('AVAILABLE', 'its hosts are gone', [idOf(volume)])]),
  ]
}

function copy(volume: HeldVolume, keyOf: KeyOf): readonly MoveStep[] {
  const both = [idOf(volume), NEW_VOLUME_ID]
  const devices = [
    `SOURCE=${devicePath({ volumeUuid: volume.backendId ?? 'OLD_BACKEND_ID' })}`,
    `TARGET=${devicePath({ volumeUuid: NEW_BACKEND_ID })}`,
  ]
  return [
    step(
      'ATTACH',
      'Attach both to the host that copies, and to no other: a new volume admits nobody, and nothing may write to the old one meanwhile.',
      both.map((id) => attach(id, [COPYING_HOST_ID], 'EXCLUSIVE', keyOf('copied'))),
    ),
    wait('AVAILABLE', 'their clusters admit the host', both),
    step(
      'CONNECT',
      'Connect that host to both clusters: run the commands that these answer, as root on it.',
      both.map(
        (id) =>
          `query { volume(id: "${id}") { connection { reason target { devicePath instructions { host { id } nvmeCliCommands } } } } }`,
      ),
    ),
    step('COPY', 'Copy it, as root on that host. Nothing else may write to either meanwhile.', [
      ...devices,
      'dd if="$SOURCE" of="$TARGET" bs=16M iflag=direct oflag=direct status=progress',
    ]),
    step('VERIFY', 'Compare the two, on the same host; no output means that they are equal.', [
      ...devices,
      'cmp -n "$(blockdev --getsize64 "$SOURCE")" "$SOURCE" "$TARGET"',
    ]),
    step(
      'DETACH',
      'Take both from that host again; connections to their clusters stay, as other volumes may use them.',
      both.map((id) => detach(id, keyOf('copied'))),
    ),
    wait('AVAILABLE', 'the host is gone from both', both),
  ]
}

function switchOver({ hosts }: HeldVolume, keyOf: KeyOf): readonly MoveStep[] {
  const hostIds = hosts.map(({ id }) => id)
  const [first] = hosts
  if (!first) {
    const summary = 'No host had the old one. Let whoever uses it use the new one, and see that it works.'
    return [step('SWITCH', summary, [])]
  }
  return [
    step(
      'SWITCH',
      'Attach the new one as the old one was, connect these hosts, and see that it works there.',
      [attach(NEW_VOLUME_ID, hostIds, first.mode, keyOf('moved'))],
    ),
    wait('AVAILABLE', 'its cluster has let them in', [NEW_VOLUME_ID]),
  ]
}

function recreateSchedules({ schedules }: HeldVolume, keyOf: KeyOf): readonly MoveStep[] {
  if (schedules.length === 0) return []
  const summary = 'Have snapshots of the new one taken as of the old one, whose schedules end with it.'
  const creations = schedules.map((each) => createSchedule(each, keyOf))
  return [step('RECREATE_SCHEDULES', summary, creations)]
}

function deleteSource(volume: HeldVolume, keyOf: KeyOf): readonly MoveStep[] {
  const id = idOf(volume)
  return [
    step('DELETE_SOURCE', 'Delete the old volume. There is no way back from here.', [
      mutation('deleteVolume', [`id: "${id}"`], keyOf(`moved-${id}`)),
    ]),
    wait('DELETED', 'its cluster no longer has it: until then it keeps its name', [id]),
  ]
}

function forgetSource(volume: HeldVolume, keyOf: KeyOf): MoveStep {
  const id = idOf(volume)
  return step(
    'FORGET_SOURCE',
    'Take the lost volume off the records. Its cluster is not asked: should it turn up after all, it is not destroyed.',
    [mutation('forgetVolume', [`id: "${id}"`], keyOf(`moved-${id}`))],
  )
}

function step(kind: MoveStep['kind'], summary: string, commands: readonly string[]): MoveStep {
  return { kind, summary, commands, until: null }
}

function wait(until: string, reason: string, ids: readonly string[]): MoveStep {
  return {
    kind: 'WAIT',
    summary: `Ask until the state is ${until}: ${reason}.`,
    commands: ids.map((id) => `query { volume(id: "${id}") { id state backendId } }`),
    until,
  }
}

/** @param key of all that is attached for one reason; the volume is added */
function attach(id: string, hostIds: readonly string[], mode: string, key: string): string {
  const hosts = hostIds.map((each) => quoted(each)).join(', ')
  return mutation('attachVolume', [`id: "${id}"`, `hostIds: [${hosts}]`, `mode: ${mode}`], `${key}-on-${id}`)
}

/** From all hosts that have it. @param key as for `attach` */
function detach(id: string, key: string): string {
  return mutation('detachVolume', [`id: "${id}"`], `${key}-off-${id}`)
}

function createSchedule(schedule: HeldVolume['schedules'][number], keyOf: KeyOf): string {
  const { id, name, recurrence, keepCount, retentionSeconds, labels, isPaused } = schedule
  const rhythm =
    recurrence.kind === 'INTERVAL'
      ? `everySeconds: ${recurrence.everySeconds}`
      : `pattern: ${quoted(recurrence.pattern)}, timeZone: ${quoted(recurrence.timeZone)}`
  const fields = [
    `volumeId: "${NEW_VOLUME_ID}"`,
    `name: ${quoted(name)}`,
    `recurrence: {${rhythm}, startAt: "${recurrence.startAt.toISOString()}"}`,
    ...(keepCount === null ? [] : [`keepCount: ${keepCount}`]),
    ...(retentionSeconds === null ? [] : [`retentionSeconds: ${retentionSeconds}`]),
    ...labelFields(labels),
    `paused: ${isPaused}`,
  ]
  return mutation('createSnapshotSchedule', fields, keyOf(`moved-${id}`))
}

function createTarget({ request, name, ...volume }: HeldVolume, keyOf: KeyOf): string {
  const { volumeId, sizeBytes, replicas, group } = request
  const fields = [
    `project: ${quoted(volume.project)}`,
    `name: ${quoted(`${name.slice(0, NAME_KEPT)}-moved`)}`,
    `policy: ${quoted(volume.policyName)}`,
    `sizeBytes: "${sizeBytes}"`,
    `replicas: ${replicas}`,
    `compression: ${volume.compression}`,
    // Said also where it has none: left out, it would be the policy's default.
    `qosPolicy: ${volume.qosPolicy === null ? 'null' : quoted(volume.qosPolicy)}`,
    ...(group === null ? [] : [`group: ${quoted(groupOfKey(group))}`]),
    ...labelFields(volume.labels),
  ]
  const answer = '... on CreateVolumePayload { volume { id backendId cluster { name } } }'
  return mutation('createVolume', fields, keyOf(`move-${volumeId}`), answer)
}

function mutation(field: string, fields: readonly string[], key: string, answer = ''): string {
  const input = [`idempotencyKey: "${key}"`, ...fields].join(', ')
  return `mutation { ${field}(input: {${input}}) { __typename ${answer && `${answer} `}... on Error { code message } } }`
}

function labelFields(labels: Readonly<Record<string, string>>): readonly string[] {
  const pairs = Object.entries(labels).map(([key, value]) => `{key: ${quoted(key)}, value: ${quoted(value)}}`)
  return pairs.length === 0 ? [] : [`labels: [${pairs.join(', ')}]`]
}

/** GraphQL writes the characters that names, labels and patterns may have as JSON does. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

function idOf({ request }: HeldVolume): string {
  return request.volumeId
}
