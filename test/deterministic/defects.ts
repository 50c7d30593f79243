import type { WorkerWorld } from './simulated-worker.ts'

/** A fault put into the world on purpose, to show that the checker finds it. */
export interface Defect {
  readonly name: string
  readonly alter: Pick<WorkerWorld, 'alterReconciles' | 'alterPolls'>
}
