import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SimulatedFleet, startSimulatedFleet } from '../simulated-fleet.ts'
import { ApiClient } from '../testing/api-client.ts'

let stateFolder: string

beforeEach(() => {
  stateFolder = mkdtempSync(join(tmpdir(), 'simulator-'))
})
afterEach(() => rmSync(stateFolder, { recursive: true }))

/** Everything by which a client could tell two fleets apart, but for the tokens. */
function identityOf(fleet: SimulatedFleet) {
  return {
    controlUrl: fleet.controlUrl,
    clusters: fleet.clusters.map((cluster) => ({
      name: cluster.name,
      uuid: cluster.uuid,
      endpoint: cluster.endpoint,
      certificatePem: cluster.certificatePem,
      capacity: cluster.effectivePhysicalBytes,
      provisioned: cluster.provisionedBytes(),
      nodes: cluster.nodes(),
      volumes: cluster.volumes(),
      history: cluster.history(),
      snapshotDeletions: cluster.snapshotDeletions(),
    })),
  }
}

describe('a fleet in a folder', () => {
  it('comes back as the same fleet, and old tokens still open it', async () => {
    const first = await startSimulatedFleet({
      clusters: 3,
      stateFolder,
      prefillRatio: 0.5,
      volumesPerCluster: 5,
    })
    first.clusters[1]?.createForeignVolume({ name: 'late', sizeBytes: 4096n, writtenShare: 0.5 })
    first.clusters[2]?.setCapacity(1n << 50n)
    const [snapshotted] = first.clusters[0]?.volumes() ?? []
    const snapshot = first.clusters[0]?.createForeignSnapshot(snapshotted?.uuid ?? '', 'lost')
    first.clusters[0]?.deleteSnapshot(snapshot?.uuid ?? '')
    const before = identityOf(first)
    const token = first.clusters[0]?.token ?? ''
    await first.close()

    const second = await startSimulatedFleet({ stateFolder })
    expect(identityOf(second)).toEqual(before)
    const [cluster] = second.clusters
    if (!cluster) throw new Error('a fleet without clusters')
    expect((await new ApiClient(cluster).call('GET', '/api/v2/cluster', { token })).status).toBe(200)
    await second.close()
  })

  it('finishes what was under way', async () => {
    const first = await startSimulatedFleet({ stateFolder, delays: { createMs: 3_600_000 } })
    const [cluster] = first.clusters
    if (!cluster) throw new Error('a fleet without clusters')
    const body = { name: 'v', size: '4 gib', replicaCount: 2, acl: { values: ['ALLOW_NONE'] } }
    await new ApiClient(cluster).call('POST', '/api/v2/projects/default/volumes', { body })
    cluster.setDelays({ createMs: 0 })
    expect(cluster.volumes()).toMatchObject([{ state: 'Creating' }])
    await first.close()

    const second = await startSimulatedFleet({ stateFolder })
    expect(second.clusters[0]?.volumes()).toMatchObject([{ state: 'Available' }])
    await second.close()
  })

  it('survives a line that was cut off', async () => {
    const first = await startSimulatedFleet({ stateFolder, volumesPerCluster: 3 })
    const before = identityOf(first)
    await first.close()
    appendFileSync(join(stateFolder, 'cluster-0001.jsonl'), '{"table":"volumes","key":"abc","reco')
    const second = await startSimulatedFleet({ stateFolder })
    expect(identityOf(second)).toEqual(before)
    await second.close()
  })

  it('is not started with another number of clusters', async () => {
    await (await startSimulatedFleet({ stateFolder, clusters: 1 })).close()
    await expect(startSimulatedFleet({ stateFolder, clusters: 2 })).rejects.toThrow(/has 1 clusters, not 2/)
  })
})

describe('the program', () => {
  const main = join(import.meta.dirname, '..', 'main.ts')

  async function start() {
    const writeFile = join(stateFolder, 'fleet-description.json')
    const child = spawn(process.execPath, [
      main,
      '--state',
      stateFolder,
      '--delay',
      '0',
      '--write',
      writeFile,
    ])
    for await (const line of createInterface(child.stdout)) if (line.startsWith('Stop with')) break
    const { controlUrl } = JSON.parse(readFileSync(writeFile, 'utf8')) as { controlUrl: string }
    return { child, controlUrl }
  }

  it('keeps every acknowledged change over a SIGKILL, and ends cleanly on SIGTERM', async () => {
    const first = await start()
    let acknowledged = 0
    const writing = (async () => {
      for (let number = 0; ; number++) {
        const body = JSON.stringify({ name: `v${number}`, size: '1GiB' })
        const answer = await fetch(`${first.controlUrl}/clusters/all/volumes`, { method: 'POST', body })
        await answer.json()
        acknowledged += 1
        if (acknowledged === 50) first.child.kill('SIGKILL')
      }
    })().catch(() => {})
    await once(first.child, 'exit')
    await writing

    const second = await start()
    expect(second.controlUrl).toBe(first.controlUrl)
    const answer = await fetch(`${second.controlUrl}/clusters/all/volumes`)
    const { volumes } = (await answer.json()) as { volumes: unknown[] }
    expect(volumes.length).toBeGreaterThanOrEqual(acknowledged)
    second.child.kill('SIGTERM')
    expect(await once(second.child, 'exit')).toEqual([0, null])
    expect(existsSync(join(stateFolder, 'fleet.json.tmp'))).toBe(false)
  })
})
