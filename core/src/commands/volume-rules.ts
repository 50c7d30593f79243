import type { CreateVolumeInput, SourceInput } from '../ports/create-volume-input.ts'
import type { CreateSnapshotInput, PreviewInput, UpdateVolumeInput } from '../ports/fleet-commands.ts'
import { MAX_PREVIEWED } from '../ports/fleet-commands.ts'
import { InputIssues } from './input-issues.ts'
import {
  checkIdempotencyKey,
  checkLabels,
  checkName,
  checkProject,
  checkQosPolicy,
  checkReplicas,
  checkRetention,
  checkSize,
} from './input-rules.ts'

function checkSource(
  issues: InputIssues,
  { source, sizeBytes }: { readonly source?: SourceInput; readonly sizeBytes?: bigint },
  prefix = '',
): void {
  if (sizeBytes !== undefined) checkSize(issues, sizeBytes, `${prefix}sizeBytes`)
  else
    issues.require(
      source !== undefined,
      `${prefix}sizeBytes`,
      'is absent',
      'a size, or a source to take it from',
    )
  if (!source) return
  const isOne = (source.snapshotId === undefined) !== (source.volumeId === undefined)
  const given = source.snapshotId === undefined ? 'names nothing' : 'names two things'
  issues.require(isOne, `${prefix}source`, given, 'exactly one of snapshotId and volumeId')
}

export function checkPreview(requests: readonly PreviewInput[]): void {
  const issues = new InputIssues()
  issues.require(
    requests.length >= 1 && requests.length <= MAX_PREVIEWED,
    '',
    `has ${requests.length} entries`,
    `1 to ${MAX_PREVIEWED}`,
  )
  for (const [index, { replicas, group, project, ...request }] of requests.entries()) {
    checkSource(issues, request, `${index}.`)
    checkProject(issues, project, `${index}.project`)
    if (replicas !== undefined) checkReplicas(issues, replicas, `${index}.replicas`)
    if (group !== undefined) checkName(issues, group, `${index}.group`)
  }
  issues.throwIfAny()
}

export function checkUpdate(input: UpdateVolumeInput): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, input.idempotencyKey)
  const { name, labels, compression, qosPolicy, sizeBytes } = input
  const wanted = [name, labels, compression, qosPolicy, sizeBytes]
  issues.require(
    wanted.some((each) => each !== undefined),
    '',
    'changes nothing',
    'at least one of name, labels, compression, qosPolicy, sizeBytes',
  )
  if (name !== undefined) checkName(issues, name)
  if (labels !== undefined) checkLabels(issues, labels)
  if (typeof qosPolicy === 'string') checkQosPolicy(issues, qosPolicy)
  if (sizeBytes !== undefined) checkSize(issues, sizeBytes)
  issues.throwIfAny()
}

export function checkNewSnapshot(input: CreateSnapshotInput): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, input.idempotencyKey)
  checkSnapshotProperties(issues, input)
  issues.throwIfAny()
}

export function checkSnapshotProperties(
  issues: InputIssues,
  { name, labels, retentionSeconds }: Pick<CreateSnapshotInput, 'name' | 'labels' | 'retentionSeconds'>,
): void {
  checkName(issues, name)
  checkLabels(issues, labels)
  if (retentionSeconds !== undefined) checkRetention(issues, retentionSeconds, 'absent to keep it for ever')
}

export function checkNewVolume(input: CreateVolumeInput): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, input.idempotencyKey)
  checkWantedVolume(issues, input)
  issues.throwIfAny()
}

/** @param prefix where in the input the volume stands, as `volumes.3.` */
export function checkWantedVolume(
  issues: InputIssues,
  input: Omit<CreateVolumeInput, 'idempotencyKey'>,
  prefix = '',
): void {
  checkName(issues, input.name, `${prefix}name`)
  checkProject(issues, input.project, `${prefix}project`)
  checkSource(issues, input, prefix)
  if (input.replicas !== undefined) checkReplicas(issues, input.replicas, `${prefix}replicas`)
  if (input.group !== undefined) checkName(issues, input.group, `${prefix}group`)
  if (typeof input.qosPolicy === 'string') checkQosPolicy(issues, input.qosPolicy, `${prefix}qosPolicy`)
  checkLabels(issues, input.labels, `${prefix}labels`)
}
