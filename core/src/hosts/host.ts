import type { HostId } from '../identity/ids.ts'

/** A machine that attaches volumes, known by its NVMe host NQN. */
export interface Host {
  readonly id: HostId
  /** Who it is; never changes. */
  readonly nqn: string
  /** For people; null when it was given none. */
  readonly name: string | null
  /** IP addresses that it connects from, each as `canonicalAddress` writes it; empty when any will do. */
  readonly addresses: readonly string[]
  readonly revision: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt: Date | null
}
