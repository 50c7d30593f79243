import { CLUSTER_KINDS } from '@flotilla/core/clusters/cluster-kinds'
import { type CommandPorts, createFleetCommands } from '@flotilla/core/commands/fleet-command-service'
import type { IdSource, VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import { acceptedOperation } from '@flotilla/core/placement/accepted-operation'
import type { IntentOutcome } from '@flotilla/core/placement/decide-batch'
import type { WantedPlacement } from '@flotilla/core/placement/placement-intent'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { JobQueue } from '@flotilla/core/ports/job-queue'
import type { PlacementLedger, Updated } from '@flotilla/core/ports/placement-ledger'
import { beginBatch, requestDeletion } from './memory-placement.ts'
import type { MemoryRecords } from './memory-records.ts'
import type { PlacementLock } from './placement-lock.ts'
import { RecordsLink } from './records-link.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Trouble } from './transport.ts'

export interface ServerWorld {
  readonly records: MemoryRecords
  readonly lock: PlacementLock
  readonly trouble: Trouble
  readonly jobs: JobQueue
  readonly ids: IdSource
}

interface Waiting {
  readonly wanted: WantedPlacement
  readonly resolve: (outcome: IntentOutcome) => void
  readonly reject: (error: unknown) => void
}

/** A server process: the product's commands and its deciding of batches; who waits while one commits shares the next. */
export class SimulatedServer {
  readonly process: SimulatedProcess
  readonly #world: ServerWorld
  #commands: FleetCommands
  #waiting: Waiting[] = []
  #isPlacing = false

  constructor(process: SimulatedProcess, world: ServerWorld) {
    this.process = process
    this.#world = world
    this.#commands = this.#start()
  }

  get commands(): FleetCommands {
    return this.#commands
  }

  kill(): void {
    this.process.kill()
  }

  restart(): void {
    this.#waiting = []
    this.#isPlacing = false
    this.#commands = this.#start()
  }

  #start(): FleetCommands {
    const { records, trouble, jobs, ids } = this.#world
    const link = new RecordsLink(this.process, trouble)
    const place = async (wanted: WantedPlacement): Promise<Updated> => {
      const outcome = await new Promise<IntentOutcome>((resolve, reject) => {
        this.#waiting.push({ wanted, resolve, reject })
        if (!this.#isPlacing) void this.#placeWaiting()
      })
      return answerOf(records, outcome)
    }
    const ledger = { place, update: place } as unknown as PlacementLedger
    const volumes = {
      requestDeletion: (id: VolumeId, operation: NewOperation) =>
        link.run(() => ({ ...requestDeletion(records, id, operation), snapshotIds: [] })),
    }
    const ports = { kinds: CLUSTER_KINDS, ids, digest: (text: string) => text, ledger, volumes, jobs }
    return createFleetCommands(ports as unknown as CommandPorts)
  }

  async #placeWaiting(): Promise<void> {
    this.#isPlacing = true
    const { records, lock } = this.#world
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        const wanted = batch.map((each) => each.wanted)
        const outcomes = await lock.run(this.process, () => beginBatch(records, wanted))
        for (const [index, outcome] of outcomes.entries()) batch[index]?.resolve(outcome)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isPlacing = false
  }
}

/** As the ledger answers; what was asked for before is answered as it stands now. */
function answerOf(records: MemoryRecords, outcome: IntentOutcome): Updated {
  switch (outcome.kind) {
    case 'REFUSED':
      throw outcome.error
    case 'REPLAYED': {
      const row = records.operations.get(outcome.operationId)
      if (!row) throw new Error(`${outcome.operationId} has no row`)
      return { volume: records.volume(row.volumeId), operation: row as unknown as Updated['operation'] }
    }
    case 'CREATED':
    case 'UPDATED': {
      const now = new Date(records.nowMs)
      const id = outcome.kind === 'CREATED' ? outcome.intent.volume.id : outcome.intent.volumeId
      return { volume: records.volume(id), operation: acceptedOperation(outcome, now) }
    }
  }
}
