import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Change, ClusterState } from '../cluster/cluster-state.ts'
import { parseWithBigints, stringifyWithBigints } from './json-with-bigints.ts'
import { writeAtomically } from './write-atomically.ts'

/** The journal is rewritten when it has grown by so many lines and by more than the records that it describes. */
const MIN_LINES_TO_COMPACT = 10_000

/**
 * One cluster's records as a file of changes, one JSON line each. A change is in the file before the request that
 * made it is answered, so nothing that was acknowledged is lost to a SIGKILL of this process.
 */
export class ClusterJournal {
  readonly #path: string
  readonly #cluster: ClusterState
  #file: number
  #appended = 0

  /** Begins by writing the present state as a whole, then follows each change. */
  constructor(path: string, cluster: ClusterState) {
    this.#path = path
    this.#cluster = cluster
    this.#file = this.#rewrite()
    cluster.onChange = (change) => this.#append(change)
  }

  /** Puts the remembered records into a blank cluster. A last line that was cut off by a kill is dropped. */
  static restore(path: string, cluster: ClusterState): void {
    const lines = readFileSync(path, 'utf8').split('\n')
    lines.pop()
    for (const line of lines) cluster.apply(parseWithBigints(line) as Change)
  }

  /** Stops following the cluster. */
  close(): void {
    this.#cluster.onChange = () => {}
    closeSync(this.#file)
  }

  #append(change: Change): void {
    writeSync(this.#file, `${stringifyWithBigints(change)}\n`)
    this.#appended += 1
    const { volumes, history } = this.#cluster
    if (this.#appended > MIN_LINES_TO_COMPACT + volumes.size + history.length) {
      closeSync(this.#file)
      this.#file = this.#rewrite()
    }
  }

  #rewrite(): number {
    const lines = [...this.#cluster.records()].map((change) => `${stringifyWithBigints(change)}\n`)
    writeAtomically(this.#path, lines.join(''))
    this.#appended = 0
    return openSync(this.#path, 'a')
  }
}
