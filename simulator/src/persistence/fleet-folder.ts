import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ClusterState } from '../cluster/cluster-state.ts'
import { ClusterJournal } from './cluster-journal.ts'
import { writeAtomically } from './write-atomically.ts'

const memberSchema = z.object({
  name: z.string(),
  uuid: z.string(),
  port: z.number(),
  seed: z.number(),
  compressionRatio: z.number(),
  certificatePem: z.string(),
  privateKeyPem: z.string(),
})

const fleetSchema = z.object({
  formatVersion: z.literal(1),
  signingKeyPem: z.string(),
  controlPort: z.number(),
  members: z.array(memberSchema),
})

/** What makes a cluster the same one after a restart; its records are in its journal. */
export type FleetMember = z.infer<typeof memberSchema>
export type FleetFile = z.infer<typeof fleetSchema>

/** The folder in which a fleet outlives its process: `fleet.json` and one journal per cluster. */
export class FleetFolder {
  readonly #path: string

  /** Makes the folder if it is missing. */
  constructor(path: string) {
    this.#path = path
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }

  /** The fleet that was saved here; undefined in a new folder. */
  load(): FleetFile | undefined {
    if (!existsSync(this.#fleetPath())) return undefined
    const parsed = fleetSchema.safeParse(JSON.parse(readFileSync(this.#fleetPath(), 'utf8')))
    if (parsed.success) return parsed.data
    throw new Error(`${this.#fleetPath()} cannot be used:\n${z.prettifyError(parsed.error)}`)
  }

  save(fleet: Omit<FleetFile, 'formatVersion'>): void {
    writeAtomically(this.#fleetPath(), JSON.stringify({ formatVersion: 1, ...fleet }, undefined, 2))
  }

  restore(name: string, cluster: ClusterState): void {
    ClusterJournal.restore(this.#journalPath(name), cluster)
  }

  /** From now on the cluster's changes are kept. */
  follow(name: string, cluster: ClusterState): ClusterJournal {
    return new ClusterJournal(this.#journalPath(name), cluster)
  }

  #fleetPath(): string {
    return join(this.#path, 'fleet.json')
  }

  #journalPath(name: string): string {
    return join(this.#path, `${name}.jsonl`)
  }
}
