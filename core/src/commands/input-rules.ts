import { CLUSTER_KINDS } from '../clusters/cluster-kinds.ts'
import { MAX_SIZE_BYTES } from '../units/bytes.ts'
import { STORABLE_TEXT_ALLOWED, storableTextFault } from '../units/storable-text.ts'
import { QOS_POLICY_NAME, QOS_POLICY_NAME_ALLOWED } from '../volumes/qos-policy-name.ts'
import { InputIssues } from './input-issues.ts'

const NAME = /^[A-Za-z0-9._-]{1,253}$/
const PROJECT = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/
const KEY = /^[\x21-\x7e]{1,255}$/
const LABELS_ALLOWED = 16
/** Ten years. */
const MAX_RETENTION_SECONDS = 3_660 * 86_400

/** So that every kind of cluster can hold a volume, wherever it is placed; the steps are powers of two. */
const SIZE_STEP_BYTES = [...CLUSTER_KINDS.values()]
  .map(({ sizeGranularityBytes }) => sizeGranularityBytes)
  .reduce((largest, each) => (each > largest ? each : largest))

export function checkIdempotencyKey(issues: InputIssues, key: string): void {
  issues.require(
    KEY.test(key),
    'idempotencyKey',
    key === '' ? 'is empty' : 'is too long or has other characters',
    '1 to 255 visible ASCII characters, a fresh random one for each new request',
  )
}

/** For inputs that have nothing else to check. @throws InvalidInputError */
export function requireKey(key: string): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, key)
  issues.throwIfAny()
}

export function checkName(issues: InputIssues, name: string, field = 'name'): void {
  issues.require(NAME.test(name), field, describeName(name), '1 to 253 letters, digits, "-", "_" or "."')
}

function describeName(name: string): string {
  if (name === '') return 'is empty'
  if (name.length > 253) return `has ${name.length} characters`
  return `has the character "${/[^A-Za-z0-9._-]/u.exec(name)?.[0] ?? ''}"`
}

export function checkProject(issues: InputIssues, project: string, field = 'project'): void {
  issues.require(
    PROJECT.test(project),
    field,
    `"${project.slice(0, 80)}" is no project name`,
    '1 to 63 lower-case letters, digits, "." or "-", a letter or digit at both ends',
  )
}

export function checkSize(issues: InputIssues, sizeBytes: bigint, field = 'sizeBytes'): void {
  const allowed = `${SIZE_STEP_BYTES} bytes (${SIZE_STEP_BYTES / 1024n}KiB) to ${MAX_SIZE_BYTES} bytes (1EiB) in steps of ${SIZE_STEP_BYTES}`
  if (sizeBytes <= 0n) issues.require(false, field, `is ${sizeBytes}`, allowed)
  else if (sizeBytes > MAX_SIZE_BYTES) issues.require(false, field, `${sizeBytes} is too large`, allowed)
  else {
    const isWhole = sizeBytes % SIZE_STEP_BYTES === 0n
    issues.require(isWhole, field, `${sizeBytes} is no multiple of ${SIZE_STEP_BYTES}`, allowed)
  }
}

export function checkReplicas(issues: InputIssues, replicas: number, field = 'replicas'): void {
  issues.require([1, 2, 3].includes(replicas), field, `is ${replicas}`, '1, 2 or 3')
}

/** @param otherwise what else would be accepted */
export function checkRetention(issues: InputIssues, seconds: number, otherwise: string): void {
  issues.require(
    seconds >= 1 && seconds <= MAX_RETENTION_SECONDS,
    'retentionSeconds',
    `is ${seconds}`,
    `1 to ${MAX_RETENTION_SECONDS}; ${otherwise}`,
  )
}

export function checkQosPolicy(issues: InputIssues, name: string, field = 'qosPolicy'): void {
  const fault = storableTextFault(name)
  issues.require(fault === null, field, fault ?? '', STORABLE_TEXT_ALLOWED)
  issues.require(QOS_POLICY_NAME.test(name), field, describeQosPolicy(name), QOS_POLICY_NAME_ALLOWED)
}

function describeQosPolicy(name: string): string {
  if (name === '') return 'is empty'
  if (name.length > 253) return `has ${name.length} characters`
  return /^\s/.test(name) ? 'begins with a blank' : 'has a line break'
}

export function checkLabels(
  issues: InputIssues,
  labels: Readonly<Record<string, string>>,
  field = 'labels',
): void {
  const entries = Object.entries(labels)
  issues.require(
    entries.length <= LABELS_ALLOWED,
    field,
    `has ${entries.length} entries`,
    `at most ${LABELS_ALLOWED}`,
  )
  const allowed = 'keys and values of 1 to 253 letters, digits, "-", "_" or "."'
  for (const [key, value] of entries) {
    const shown = `"${key.slice(0, 80)}"`
    issues.require(NAME.test(key), field, `the key ${shown} ${describeName(key)}`, allowed)
    issues.require(NAME.test(value), field, `the value of ${shown} ${describeName(value)}`, allowed)
  }
}
