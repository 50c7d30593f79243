import { randomUUID } from 'node:crypto'
import { startControlServer } from './control/control-server.ts'
import type { FleetOptions } from './fleet/fleet-options.ts'
import { createSelfSignedCertificate } from './fleet/self-signed-certificate.ts'
import { type FleetContext, startCluster } from './fleet/start-cluster.ts'
import { TokenSigner } from './fleet/token-signer.ts'
import { type FleetFile, FleetFolder, type FleetMember } from './persistence/fleet-folder.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'

const DEFAULT_SEED = 1
const DEFAULT_COMPRESSION_RATIO = 2

export interface SimulatedFleet {
  readonly clusters: readonly SimulatedCluster[]
  /** `http://127.0.0.1:PORT` of the control port, without a trailing slash. */
  readonly controlUrl: string
  /** Stops answering; what is kept in a state folder can be started again. */
  close(): Promise<void>
}

/**
 * Starts pretend clusters on loopback ports of this process; they answer when the promise resolves.
 * Throws when a port is taken or the state folder holds another number of clusters than asked for.
 */
export async function startSimulatedFleet(options: FleetOptions = {}): Promise<SimulatedFleet> {
  const folder = options.stateFolder === undefined ? undefined : new FleetFolder(options.stateFolder)
  const saved = folder?.load()
  if (saved) requireSameNumber(options, saved)
  const { signingKeyPem, members, controlPort } = saved ?? (await planFleet(options))
  const context: FleetContext = {
    options,
    signer: new TokenSigner(signingKeyPem),
    folder,
    isRestart: saved !== undefined,
    nextSequence: historySequence(),
  }
  const clusters = await startAll(members, context)
  try {
    const control = await startControlServer(clusters, controlPort)
    folder?.save({ signingKeyPem, members: withPorts(members, clusters), controlPort: control.port })
    return { clusters, controlUrl: control.url, close: () => closeAll([control, ...clusters]) }
  } catch (error) {
    await closeAll(clusters)
    throw error
  }
}

/** Starts every cluster or none. */
async function startAll(members: readonly FleetMember[], context: FleetContext): Promise<SimulatedCluster[]> {
  const starts = await Promise.allSettled(
    members.map((member, index) => startCluster(member, index, context)),
  )
  const clusters = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  const failed = starts.find((start) => start.status === 'rejected')
  if (!failed) return clusters
  await closeAll(clusters)
  throw failed.reason
}

async function closeAll(servers: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()))
}

/** Microseconds of the clock, pushed on where they would repeat: ascending over restarts without being remembered. */
function historySequence(): () => number {
  let last = 0
  return () => {
    last = Math.max(last + 1, Date.now() * 1000)
    return last
  }
}

function withPorts(members: readonly FleetMember[], clusters: readonly SimulatedCluster[]): FleetMember[] {
  return members.map((member, index) => ({ ...member, port: clusters[index]?.port ?? member.port }))
}

async function planFleet(options: FleetOptions): Promise<Omit<FleetFile, 'formatVersion'>> {
  const indexes = Array.from({ length: options.clusters ?? 1 }, (_, index) => index)
  const [signingKeyPem, ...members] = await Promise.all([
    TokenSigner.generateKeyPem(),
    ...indexes.map((index) => planMember(index, options)),
  ])
  return { signingKeyPem, members, controlPort: options.controlPort ?? 0 }
}

async function planMember(index: number, options: FleetOptions): Promise<FleetMember> {
  const name = `cluster-${String(index + 1).padStart(4, '0')}`
  return {
    name,
    uuid: randomUUID(),
    port: options.port ? options.port + index : 0,
    seed: (options.seed ?? DEFAULT_SEED) * 1_000_003 + index,
    compressionRatio: options.compressionRatio ?? DEFAULT_COMPRESSION_RATIO,
    ...(await createSelfSignedCertificate({ commonName: name })),
  }
}

function requireSameNumber({ clusters, stateFolder }: FleetOptions, saved: FleetFile): void {
  const { length } = saved.members
  if (clusters === undefined || clusters === length) return
  throw new Error(`the fleet in ${stateFolder} has ${length} clusters, not ${clusters}; take another folder`)
}
