import { MAX_ADOPTED } from '../ports/finding-store.ts'
import type { AdoptVolumesInput, IgnoreFindingInput } from '../ports/fleet-commands.ts'
import { STORABLE_TEXT_ALLOWED, storableTextFault } from '../units/storable-text.ts'
import { InputIssues } from './input-issues.ts'
import { checkIdempotencyKey, checkLabels, checkName, checkProject } from './input-rules.ts'

const MAX_REASON = 1_000

export function checkAdoption({ idempotencyKey, project, items }: AdoptVolumesInput): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, idempotencyKey)
  checkProject(issues, project)
  const isMany = items.length >= 1 && items.length <= MAX_ADOPTED
  issues.require(isMany, 'items', `has ${items.length} entries`, `1 to ${MAX_ADOPTED}`)
  const before = new Set<string>()
  for (const [index, { findingId, name, labels }] of items.entries()) {
    issues.require(!before.has(findingId), `items.${index}.findingId`, 'is there twice', 'each finding once')
    before.add(findingId)
    if (name !== undefined) checkName(issues, name, `items.${index}.name`)
    if (labels !== undefined) checkLabels(issues, labels, `items.${index}.labels`)
  }
  issues.throwIfAny()
}

/** Which times there are is for the database's clock to say. */
export function checkIgnoring({ idempotencyKey, reason }: IgnoreFindingInput): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, idempotencyKey)
  const fault = storableTextFault(reason)
  issues.require(fault === null, 'reason', fault ?? '', STORABLE_TEXT_ALLOWED)
  const isReason = reason.trim() !== '' && reason.length <= MAX_REASON
  issues.require(
    isReason,
    'reason',
    reason.length > MAX_REASON ? `has ${reason.length} characters` : 'says nothing',
    `1 to ${MAX_REASON} characters, not only spaces`,
  )
  issues.throwIfAny()
}
