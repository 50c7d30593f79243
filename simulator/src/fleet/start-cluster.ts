import { randomUUID } from 'node:crypto'
import { systemClock } from '../cluster/clock.ts'
import { ClusterState } from '../cluster/cluster-state.ts'
import { foreignVolume } from '../cluster/foreign-changes.ts'
import { settleAllSnapshots } from '../cluster/snapshot-lifecycle.ts'
import { settleAllVolumes } from '../cluster/volume-lifecycle.ts'
import { FaultInjector } from '../faults/fault-injector.ts'
import { ClusterServer } from '../http/cluster-server.ts'
import type { FleetFolder, FleetMember } from '../persistence/fleet-folder.ts'
import { seededRandom } from '../random.ts'
import { SimulatedCluster } from '../simulated-cluster.ts'
import type { FleetOptions } from './fleet-options.ts'
import { planCapacity, planVolumes } from './fleet-plan.ts'
import { installCluster } from './new-cluster.ts'
import type { TokenSigner } from './token-signer.ts'

const YEAR_SECONDS = 365 * 24 * 60 * 60
const DEFAULT_NODES = 3
const MAX_REPLICAS = 3

/** What the clusters of one fleet share. */
export interface FleetContext {
  readonly options: FleetOptions
  readonly signer: TokenSigner
  /** Where the fleet is kept, if anywhere. */
  readonly folder: FleetFolder | undefined
  /** The fleet was found in the folder, so its clusters come back instead of being made. */
  readonly isRestart: boolean
  readonly nextSequence: () => number
}

/** Starts one cluster: a new one, or the one that the member was before the restart. */
export async function startCluster(
  member: FleetMember,
  index: number,
  context: FleetContext,
): Promise<SimulatedCluster> {
  const { signer, folder, isRestart } = context
  const faults = new FaultInjector(seededRandom(member.seed))
  const server = new ClusterServer(member, faults, () => state)
  await server.listen(member.port)
  const state = blankCluster(member, server.port, context)
  if (folder && isRestart) {
    folder.restore(member.name, state)
    settleAllVolumes(state)
    settleAllSnapshots(state)
  } else {
    fillNewCluster(state, member, index, context)
  }
  const journal = folder?.follow(member.name, state)
  const token = await signer.sign({ scope: 'system', role: 'cluster-admin', expiresInSeconds: YEAR_SECONDS })
  return new SimulatedCluster({
    state,
    server,
    faults,
    journal,
    certificatePem: member.certificatePem,
    signer,
    token,
  })
}

function blankCluster(
  member: FleetMember,
  port: number,
  { options, nextSequence }: FleetContext,
): ClusterState {
  return new ClusterState({
    identity: {
      uuid: member.uuid,
      name: member.name,
      subsystemNqn: `nqn.2016-01.com.lightbitslabs:uuid:${member.uuid}`,
      apiEndpoint: `127.0.0.1:${port}`,
      compressionRatio: member.compressionRatio,
    },
    settings: {
      delays: { createMs: 0, updateMs: 0, deleteMs: 0, ...options.delays },
      effectivePhysicalBytes: 0n,
      extraPhysicalUsedBytes: 0n,
      supportedMaxReplicas: MAX_REPLICAS,
      emitZeros: options.emitZeros ?? false,
      failNextCreates: 0,
    },
    clock: systemClock,
    nextSequence,
    newUuid: randomUUID,
  })
}

function fillNewCluster(
  state: ClusterState,
  member: FleetMember,
  index: number,
  { options, signer }: FleetContext,
): void {
  const random = seededRandom(member.seed)
  state.changeSettings({ effectivePhysicalBytes: planCapacity(index, options.capacity, random) })
  installCluster(state, options.nodesPerCluster ?? DEFAULT_NODES, signer.publicKeyPayload())
  for (const planned of planVolumes(state.settings.effectivePhysicalBytes, options, random)) {
    const volume = foreignVolume(state, planned)
    state.volumes.put(volume.uuid, volume)
  }
}
