import type { VariablesOf } from 'gql.tada'
import { parseSize, type SizeUnit } from '../format/parse-size.ts'
import type { CreateVolumeDocument } from './volume-documents.ts'

export type CreateVolumeInput = VariablesOf<typeof CreateVolumeDocument>['input']

export interface CreateVolumeValues {
  readonly name: string
  readonly size: string
  readonly unit: SizeUnit
  /** Empty leaves the choice to the policy. */
  readonly replicas: '' | '1' | '2' | '3'
}

export const EMPTY_VALUES: CreateVolumeValues = { name: '', size: '', unit: 'GiB', replicas: '' }

/** What can be told without the server; it checks everything again. */
export const VALIDATE = {
  name: (name: string) =>
    /^[A-Za-z0-9._-]{1,253}$/.test(name.trim()) ? null : 'Letters, digits, "-", "_" or "."; at least one',
  size: (size: string, { unit }: CreateVolumeValues) =>
    parseSize(size, unit) === null ? 'A number greater than zero, like 100 or 1.5' : null,
}

/** The form as the API takes it, without the idempotency key. */
export function toInput({
  name,
  size,
  unit,
  replicas,
}: CreateVolumeValues): Omit<CreateVolumeInput, 'idempotencyKey'> {
  return {
    name: name.trim(),
    sizeBytes: String(parseSize(size, unit)),
    ...(replicas ? { replicas: Number(replicas) } : {}),
  }
}

/** The field that an issue's path belongs to. */
export function fieldOfPath(path: string): 'name' | 'size' | 'replicas' | undefined {
  if (path === 'name' || path === 'replicas') return path
  return path === 'sizeBytes' ? 'size' : undefined
}
