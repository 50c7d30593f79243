import { groupOfKey } from '../volumes/volume-group.ts'
import type { HeldVolume } from './held-volume.ts'

export const MOVE_STEP_KINDS = ['CREATE_TARGET', 'COPY', 'VERIFY', 'SWITCH', 'DELETE_SOURCE'] as const

/** One thing to be done for a move, by whom the summary says. */
export interface MoveStep {
  readonly kind: (typeof MOVE_STEP_KINDS)[number]
  readonly summary: string
  /** GraphQL documents and shell lines, in order, to be looked at before they are used. */
  readonly commands: readonly string[]
}

/** Of the volume that the first step creates; its answer tells them. */
const NEW_ID = 'NEW_VOLUME_ID'
const NEW_BACKEND_ID = 'NEW_BACKEND_ID'
/** Names have at most 253 characters. */
const NAME_KEPT = 247

/**
 * How a volume comes to another cluster. Clusters cannot copy to each other and data never passes through us, so a host
 * that reaches both copies it; the old one stays as it is until the last step.
 */
export function moveSteps(volume: HeldVolume, targetName: string): readonly MoveStep[] {
  const { volumeId } = volume.request
  const quiet =
    volume.hostCount === null
      ? 'Nothing may write to it meanwhile: hosts are not on record, so make sure that none uses it.'
      : 'Nothing may write to it meanwhile.'
  const devices = [
    `SOURCE=${device(volume.backendId ?? 'OLD_BACKEND_ID')}`,
    `TARGET=${device(NEW_BACKEND_ID)}`,
  ]
  return [
    {
      kind: 'CREATE_TARGET',
      summary: `Create a volume like it. The plan puts it on ${targetName}; where clusters are alike it may be another one. If it comes to be on the old cluster, the fleet has changed: delete it and ask for a new plan.`,
      commands: [createTarget(volume)],
    },
    {
      kind: 'COPY',
      summary: `Copy it on a host that is connected to both clusters. ${quiet}`,
      commands: [...devices, 'dd if="$SOURCE" of="$TARGET" bs=16M iflag=direct oflag=direct status=progress'],
    },
    {
      kind: 'VERIFY',
      summary: 'Compare the two, on the same host; no output means that they are equal.',
      commands: [...devices, 'cmp -n "$(blockdev --getsize64 "$SOURCE")" "$SOURCE" "$TARGET"'],
    },
    {
      kind: 'SWITCH',
      summary: 'Let whoever uses the old volume use the new one, and see that it works.',
      commands: [],
    },
    {
      kind: 'DELETE_SOURCE',
      summary: 'Delete the old volume, and give its name to the new one. There is no way back from here.',
      commands: [
        `mutation { deleteVolume(input: {idempotencyKey: "moved-${volumeId}", id: "${volumeId}"}) { __typename ... on Error { code message } } }`,
        `mutation { updateVolume(input: {idempotencyKey: "named-${volumeId}", id: "${NEW_ID}", name: ${JSON.stringify(volume.name)}}) { __typename ... on Error { code message } } }`,
      ],
    },
  ]
}

function device(backendId: string): string {
  return `/dev/disk/by-id/nvme-uuid.${backendId}`
}

/** Names, labels and projects have no character that GraphQL and JSON would write otherwise. */
function createTarget({ request, name, ...volume }: HeldVolume): string {
  const { volumeId, sizeBytes, replicas, group } = request
  const labels = Object.entries(volume.labels).map(
    ([key, value]) => `{key: ${JSON.stringify(key)}, value: ${JSON.stringify(value)}}`,
  )
  const fields = [
    `idempotencyKey: "move-${volumeId}"`,
    `project: ${JSON.stringify(volume.project)}`,
    `name: ${JSON.stringify(`${name.slice(0, NAME_KEPT)}-moved`)}`,
    `policy: ${JSON.stringify(volume.policyName)}`,
    `sizeBytes: "${sizeBytes}"`,
    `replicas: ${replicas}`,
    `compression: ${volume.compression}`,
    ...(volume.qosPolicy === null ? [] : [`qosPolicy: ${JSON.stringify(volume.qosPolicy)}`]),
    ...(group === null ? [] : [`group: ${JSON.stringify(groupOfKey(group))}`]),
    ...(labels.length === 0 ? [] : [`labels: [${labels.join(', ')}]`]),
  ]
  return `mutation { createVolume(input: {${fields.join(', ')}}) { __typename ... on CreateVolumePayload { volume { id backendId cluster { name } } } ... on Error { code message } } }`
}
