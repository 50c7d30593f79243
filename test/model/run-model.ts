import fc from 'fast-check'
import { mutate as ask } from '../testkit/data-life.ts'
import type { Databases } from '../testkit/databases.ts'
import { newHost } from '../testkit/hosts.ts'
import { createPolicy } from '../testkit/policies.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import type { Model } from './model.ts'
import { becomeQuiet, quiet } from './quiet.ts'
import type { Step } from './step.ts'
import * as clusters from './steps/cluster-steps.ts'
import * as hosts from './steps/host-steps.ts'
import * as processes from './steps/process-steps.ts'
import * as snapshots from './steps/snapshot-steps.ts'
import * as volumes from './steps/volume-steps.ts'

export interface ModelOptions {
  readonly runs: number
  readonly seed: number
  /** Steps of one run, at most. */
  readonly steps: number
  /** After which no further run is begun, and as long again after a failure no further attempt to shorten it. */
  readonly withinMs: number
  /** As fast-check printed it for the run that is to be repeated. */
  readonly path?: string | undefined
  readonly replayPath?: string | undefined
}

export interface ModelResult {
  readonly runs: number
  readonly steps: number
  /** Null when all agreed; else what contradicts, seed, path and the shortest steps that were found. */
  readonly failure: string | null
}

const GIB = 1n << 30n
const CLUSTERS = 3
const EFFECTIVE_BYTES = 128n * GIB
const HOSTS = 2

/** Runs steps drawn from the seed, each run in a project of its own, on one stack; on a new one after a run that failed. */
export async function runModel(databases: Databases, options: ModelOptions): Promise<ModelResult> {
  let stack: Stack | null = null
  const done = { runs: 0, steps: 0 }
  let hasFailed = false
  let deadline = performance.now() + options.withinMs
  const runOne = async (steps: Iterable<Step>): Promise<void> => {
    if (performance.now() > deadline) return
    stack ??= await startModelStack(await databases.create())
    const present = stack
    const model = await newModel(present, ++done.runs)
    try {
      await fc.asyncModelRun(() => ({ model, real: present }), steps)
      await becomeQuiet(model, present)
      await tidy(model, present)
      done.steps += [...steps].length
    } catch (error) {
      if (!hasFailed) deadline = performance.now() + options.withinMs
      hasFailed = true
      stack = null
      await present.close()
      throw error
    }
  }
  try {
    const property = fc.asyncProperty(stepsOf(options), runOne)
    const details = await fc.check(property, {
      numRuns: options.runs,
      seed: options.seed,
      ...(options.path && { path: options.path }),
    })
    return {
      ...done,
      failure: details.failed ? ((await fc.asyncDefaultReportMessage(details)) ?? 'failed') : null,
    }
  } finally {
    await (stack as Stack | null)?.close()
  }
}

function stepsOf({ steps, replayPath }: ModelOptions) {
  const { createVolume } = volumes
  return fc.commands<Model, Stack, false>(
    [
      createVolume,
      createVolume,
      createVolume,
      ...[volumes.resizeVolume, volumes.renameVolume, volumes.labelVolume, volumes.deleteVolume],
      ...Object.values(snapshots),
      ...Object.values(hosts),
      ...Object.values(clusters),
      ...Object.values(processes),
      fc.constant(quiet),
      fc.constant(quiet),
    ],
    { maxCommands: steps, size: 'max', ...(replayPath && { replayPath }) },
  )
}

async function startModelStack(connectionString: string): Promise<Stack> {
  const stack = await startStack({
    connectionString,
    pollIntervalMs: 500,
    fleet: {
      clusters: CLUSTERS,
      capacity: { kind: 'list', bytes: [EFFECTIVE_BYTES] },
      delays: { createMs: 30 },
      seed: 1,
    },
  })
  await createPolicy(stack.api, {
    name: 'model',
    limits: {
      maxProvisionedRatio: { create: '0.75', resize: '1' },
      minFreeRatio: '0',
      expectedUseRatio: '0',
      maxObservationAgeMs: 86_400_000,
    },
    spread: { label: 'cluster', mode: 'ANTI_AFFINITY', maxPerValue: 1 },
  })
  return stack
}

async function newModel(stack: Stack, run: number): Promise<Model> {
  const { clusters: page } = await stack.api.ask<{ clusters: { nodes: { id: string; name: string }[] } }>(
    '{ clusters { nodes { id name } } }',
  )
  const hostIds: string[] = []
  while (hostIds.length < HOSTS) hostIds.push((await newHost(stack)).id)
  const nothing = { isCordoned: false, leastForeign: 0n, mostForeign: 0n }
  return {
    project: `run-${run}`,
    hostIds,
    clusters: page.nodes.map((each) => ({ ...each, ...nothing, foreign: new Map() })),
    limits: { create: (EFFECTIVE_BYTES * 3n) / 4n, resize: EFFECTIVE_BYTES },
    volumes: [],
    snapshots: [],
    accepted: [],
    serial: 0,
  }
}

/** Leaves the fleet as the next run expects it: empty, and open to all. */
async function tidy(model: Model, stack: Stack): Promise<void> {
  for (const { id, isCordoned, name, foreign } of model.clusters) {
    if (isCordoned) await ask(stack, 'updateCluster', { id, adminState: 'ACTIVE' }, 'cluster { id }')
    const cluster = stack.fleet.clusters.find((each) => each.name === name)
    for (const uuid of foreign.keys()) cluster?.deleteVolume(uuid)
    foreign.clear()
  }
  for (const volume of model.volumes.filter(({ fate }) => fate !== 'DELETED')) {
    await ask(stack, 'deleteVolume', { id: volume.id, cascade: true, force: true })
    volume.fate = 'DELETED'
    volume.hosts = new Map()
  }
  for (const snapshot of model.snapshots) snapshot.fate = 'DELETED'
  await becomeQuiet(model, stack)
}
