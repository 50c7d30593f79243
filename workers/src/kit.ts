import { type JobsOptions, Queue, type RepeatOptions, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { z } from 'zod'
import { postgresQueueBackend } from './postgres-queue-connection.ts'

/** A job: its name, what its payload must look like, and how it is kept. The code that does it stands beside it. */
export interface JobDefinition<Payload> {
  /** noun.verb; also the name of its queue, so that one kind of work never waits behind another. */
  readonly name: string
  readonly payload: z.ZodType<Payload>
  /** How many run at once in one worker process. */
  readonly concurrency: number
}

export interface QueueConnection {
  readonly connectionString: string
  /** Redis when given, else tables of PostgreSQL's own schema `bullmq`. */
  readonly redisUrl: string | null
}

export interface JobSender<Payload> {
  addAll(payloads: readonly Payload[]): Promise<void>
  /** Keeps a job coming at a fixed pace, once for the whole installation. Safe to repeat. */
  schedule(id: string, repeat: RepeatOptions, payload: Payload): Promise<void>
  close(): Promise<void>
}

/** Jobs carry no result and no history: PostgreSQL's own tables say what became of the work. */
const KEEP_NOTHING: JobsOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 }

/** The one place that chooses between the two backends, for senders. */
export function openSender<Payload>(
  job: JobDefinition<Payload>,
  connection: QueueConnection,
): JobSender<Payload> {
  const queue = connection.redisUrl
    ? new Queue(job.name, { connection: redisOptions(connection.redisUrl), defaultJobOptions: KEEP_NOTHING })
    : new Queue(job.name, { connection, defaultJobOptions: KEEP_NOTHING }, postgresQueueBackend)
  queue.on('error', () => {})
  return {
    // Not in bulk: on PostgreSQL that makes and drops a temporary table, which costs more than a dozen single jobs.
    async addAll(payloads) {
      await Promise.all(payloads.map((data) => queue.add(job.name, data)))
    },
    async schedule(id, repeat, payload) {
      await queue.upsertJobScheduler(id, repeat, { name: job.name, data: payload })
    },
    close: () => queue.close(),
  }
}

export interface JobRunner {
  /** Takes no new jobs and waits for those under way. */
  close(): Promise<void>
}

/** The one place that chooses between the two backends, for workers. A payload that does not parse fails its job. */
export function runJobs<Payload>(
  job: JobDefinition<Payload>,
  connection: QueueConnection,
  handler: (payload: Payload) => Promise<void>,
  onError: (job: string, error: Error) => void,
): JobRunner {
  const process = (received: { data: unknown }) => handler(job.payload.parse(received.data))
  const options = { concurrency: job.concurrency }
  const worker = connection.redisUrl
    ? new Worker(job.name, process, { ...options, connection: redisOptions(connection.redisUrl) })
    : new Worker(job.name, process, { ...options, connection }, postgresQueueBackend)
  worker.on('error', (error) => onError(job.name, error))
  worker.on('failed', (_job, error) => onError(job.name, error))
  return { close: () => worker.close() }
}

/** A connection of its own for each queue; BullMQ asks for blocking commands to be retried for ever. */
function redisOptions(url: string): Redis {
  const connection = new Redis(url, { maxRetriesPerRequest: null })
  connection.on('error', () => {})
  return connection
}
