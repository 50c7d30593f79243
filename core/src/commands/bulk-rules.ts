import {
  type BulkAttachInput,
  type BulkCreateInput,
  type BulkDetachInput,
  type BulkInput,
  type BulkSnapshotInput,
  type BulkUpdateInput,
  MAX_BULK_CREATED,
  MAX_BULK_ITEMS,
} from '../ports/operation-commands.ts'
import { checkHostIds } from './host-rules.ts'
import { InputIssues } from './input-issues.ts'
import { checkIdempotencyKey, checkLabels, checkQosPolicy, checkSize } from './input-rules.ts'
import { checkSnapshotProperties, checkWantedVolume } from './volume-rules.ts'

export function checkBulk(input: BulkInput): void {
  const issues = new InputIssues()
  checkSelection(issues, input)
  issues.throwIfAny()
}

export function checkBulkAttachment(input: BulkAttachInput): void {
  const issues = new InputIssues()
  const { hostIds, mode } = input
  checkSelection(issues, input)
  checkHostIds(issues, hostIds)
  // Each of the volumes would be refused.
  const isSole = mode === 'SHARED' || hostIds.length <= 1
  issues.require(isSole, 'hostIds', `names ${hostIds.length} hosts`, 'one host, or mode SHARED')
  issues.throwIfAny()
}

export function checkBulkDetachment(input: BulkDetachInput): void {
  const issues = new InputIssues()
  checkSelection(issues, input)
  checkHostIds(issues, input.hostIds)
  issues.throwIfAny()
}

export function checkBulkSnapshots(input: BulkSnapshotInput): void {
  const issues = new InputIssues()
  checkSelection(issues, input)
  checkSnapshotProperties(issues, input)
  issues.throwIfAny()
}

export function checkBulkUpdate(input: BulkUpdateInput): void {
  const issues = new InputIssues()
  checkSelection(issues, input)
  const { labels, compression, qosPolicy, sizeBytes, growBytes } = input
  const wanted = [labels, compression, qosPolicy, sizeBytes, growBytes]
  issues.require(
    wanted.some((each) => each !== undefined),
    '',
    'changes nothing',
    'at least one of labels, compression, qosPolicy, sizeBytes, growBytes',
  )
  issues.require(
    sizeBytes === undefined || growBytes === undefined,
    'growBytes',
    'stands beside sizeBytes',
    'one of the two',
  )
  if (labels !== undefined) checkLabels(issues, labels)
  if (typeof qosPolicy === 'string') checkQosPolicy(issues, qosPolicy)
  if (sizeBytes !== undefined) checkSize(issues, sizeBytes)
  if (growBytes !== undefined) checkSize(issues, growBytes, 'growBytes')
  issues.throwIfAny()
}

export function checkBulkCreate({ idempotencyKey, volumes }: BulkCreateInput): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, idempotencyKey)
  const isMany = volumes.length >= 1 && volumes.length <= MAX_BULK_CREATED
  issues.require(isMany, 'volumes', `has ${volumes.length} entries`, `1 to ${MAX_BULK_CREATED}`)
  const before = new Set<string>()
  for (const [index, volume] of volumes.slice(0, MAX_BULK_CREATED).entries()) {
    checkWantedVolume(issues, volume, `volumes.${index}.`)
    const name = `${volume.project}/${volume.name}`
    issues.require(
      !before.has(name),
      `volumes.${index}.name`,
      'is there twice',
      'each name once in a project',
    )
    before.add(name)
  }
  issues.throwIfAny()
}

function checkSelection(issues: InputIssues, { idempotencyKey, selection, maxItems }: BulkInput): void {
  checkIdempotencyKey(issues, idempotencyKey)
  issues.require(
    maxItems >= 1 && maxItems <= MAX_BULK_ITEMS,
    'maxItems',
    `is ${maxItems}`,
    `1 to ${MAX_BULK_ITEMS}`,
  )
  if (!('ids' in selection)) return
  const { ids } = selection
  const isMany = ids.length >= 1 && ids.length <= MAX_BULK_ITEMS
  issues.require(isMany, 'selection.ids', `has ${ids.length} entries`, `1 to ${MAX_BULK_ITEMS}`)
  issues.require(
    new Set(ids).size === ids.length,
    'selection.ids',
    'names a volume twice',
    'each volume once',
  )
}
