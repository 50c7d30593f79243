import type { OperationKind } from './operation.ts'

/** The same asked of many volumes, and what each item is. */
export const ITEM_KINDS = {
  CREATE_VOLUMES: 'CREATE_VOLUME',
  UPDATE_VOLUMES: 'UPDATE_VOLUME',
  DELETE_VOLUMES: 'DELETE_VOLUME',
  CREATE_SNAPSHOTS: 'CREATE_SNAPSHOT',
  ATTACH_VOLUMES: 'ATTACH_VOLUME',
  DETACH_VOLUMES: 'DETACH_VOLUME',
} as const satisfies Partial<Record<OperationKind, OperationKind>>

export type BulkKind = keyof typeof ITEM_KINDS
export type ItemKind = (typeof ITEM_KINDS)[BulkKind]

export function isBulk(kind: OperationKind): kind is BulkKind {
  return kind in ITEM_KINDS
}
