import type { Label } from './records.ts'
import { Refusal } from './refusal.ts'

const NAME = /^[A-Za-z0-9._-]{1,253}$/
const PROJECT_NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/
const MAX_LABELS = 16
const MAX_IP_ACL_ENTRIES = 16
const SPECIAL_ACL_VALUES = ['ALLOW_ANY', 'ALLOW_NONE']

/** 1-253 characters of letters, digits, `-`, `_`, `.`; for volumes, snapshots, policies and credentials. */
export function requireName(name: string, what: string): void {
  if (!NAME.test(name)) throw new Refusal('InvalidArgument', `${what} "${name}" is not a valid name`)
}

export function requireProjectName(name: string): void {
  if (!PROJECT_NAME.test(name)) throw new Refusal('InvalidArgument', `project name "${name}" is not valid`)
}

export function requireLabels(labels: readonly Label[]): void {
  if (labels.length > MAX_LABELS) {
    throw new Refusal('InvalidArgument', `${labels.length} labels given, at most ${MAX_LABELS} are allowed`)
  }
  for (const { key, value } of labels) {
    requireName(key, 'label key')
    requireName(value, 'label value')
  }
  const keys = new Set(labels.map(({ key }) => key))
  if (keys.size !== labels.length) throw new Refusal('InvalidArgument', 'a label key occurs twice')
}

/** Host NQNs, or one special value that then stands alone. */
export function requireAcl(values: readonly string[]): void {
  if (values.length === 0) throw new Refusal('InvalidArgument', 'acl is required')
  requireSpecialAlone(values, 'acl')
  if (values.some((value) => value.length === 0 || value.length > 223)) {
    throw new Refusal('InvalidArgument', 'acl contains an invalid host NQN')
  }
}

/** Client addresses, or one special value that then stands alone. */
export function requireIpAcl(values: readonly string[]): void {
  requireSpecialAlone(values, 'IPAcl')
  if (values.length > MAX_IP_ACL_ENTRIES) {
    throw new Refusal('InvalidArgument', `IPAcl has more than ${MAX_IP_ACL_ENTRIES} entries`)
  }
}

/** Reads the many ways in which callers write a switch; absent and empty mean off. */
export function parseCompression(text: string): boolean {
  switch (text.toLowerCase()) {
    case 'true':
    case 'enable':
    case 'enabled':
      return true
    case '':
    case 'false':
    case 'disable':
    case 'disabled':
      return false
    default:
      throw new Refusal('InvalidArgument', `compression "${text}" cannot be read`)
  }
}

function requireSpecialAlone(values: readonly string[], field: string): void {
  if (values.length > 1 && values.some((value) => SPECIAL_ACL_VALUES.includes(value))) {
    throw new Refusal('InvalidArgument', `${field}: ${SPECIAL_ACL_VALUES.join(' and ')} must stand alone`)
  }
}
