import { isDeepStrictEqual } from 'node:util'
import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { OperationKind } from '@flotilla/core/operations/operation'
import type { PolicyDocument } from '@flotilla/core/policies/policy-document'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import { unknownPolicy } from '@flotilla/core/policies/unknown-policy'
import type { NewChange } from '@flotilla/core/ports/new-change'
import type { ChangedPolicy, PolicyStore } from '@flotilla/core/ports/policy-store'
import type { Database } from '../database/connect.ts'
import { retryOnConflict } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Operation as OperationRow, PolicyRevision, Prisma } from '../generated/client.ts'
import { doneOperationData, findReplay } from '../operations/new-operation.ts'
import { toOperation } from '../operations/operation-row.ts'
import { TAKE_PLACEMENT_LOCK } from '../placement/placement-lock.ts'
import { toStoredPolicy } from './policy-row.ts'

const RACES_RETRIED = 5

/** Who makes the default policy, as long as nobody else does. */
const INSTALLATION = 'flotilla'

/** Like the clusters' records, policies change rarely and under the placement lock. */
export function createPolicyStore({ prisma }: Database, bus: EventBus): PolicyStore {
  const change = async <T>(work: (transaction: Prisma.TransactionClient) => Promise<T>): Promise<T> => {
    const changed = await retryOnConflict(RACES_RETRIED, () =>
      prisma.$transaction(async (transaction) => {
        await transaction.$executeRawUnsafe(TAKE_PLACEMENT_LOCK)
        return work(transaction)
      }),
    )
    bus.publish()
    return changed
  }

  return {
    create: (document, operation) =>
      change(async (transaction) => {
        const earlier = await findEarlier(transaction, operation)
        if (earlier) return earlier
        if (await findRevision(transaction, document.name)) throw nameTaken(document.name)
        const made = await addRevision(transaction, document, operation.actor)
        return answer(made, await record(transaction, 'CREATE_POLICY', made, operation))
      }),

    update: (document, expectedRevision, operation) =>
      change(async (transaction) => {
        const earlier = await findEarlier(transaction, operation)
        if (earlier) return earlier
        const path = ['input', 'document', 'name']
        const present = await findRevision(transaction, document.name)
        if (present === null) throw unknownName(document.name, path)
        const current = await readRevision(transaction, document.name, present)
        const isPresent = isDeepStrictEqual(current.document, document)
        if (!isPresent || expectedRevision !== present - 1) refuseRevision(expectedRevision, present)
        const revision = isPresent ? current : await addRevision(transaction, document, operation.actor)
        return answer(revision, await record(transaction, 'UPDATE_POLICY', revision, operation))
      }),

    delete: (name, expectedRevision, operation) =>
      change(async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        if (replayed) return toOperation(replayed)
        const present = await findRevision(transaction, name)
        const last = present ?? (await findLastRevision(transaction, name))
        if (last === null) throw unknownName(name, ['input', 'name'])
        refuseRevision(expectedRevision, last)
        if (present !== null) {
          await lockPolicy(transaction, name)
          await refuseWhileUsed(transaction, name)
          await transaction.policy.delete({ where: { name } })
        }
        return toOperation(await record(transaction, 'DELETE_POLICY', { name }, operation))
      }),

    setShadow: (name, shadowName, operation) =>
      change(async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        const present = await findRevision(transaction, name)
        // The answer to what was done stays the same when the policy is gone: with the revision that it had last.
        const last = present ?? (replayed && (await findLastRevision(transaction, name)))
        if (last === null) throw unknownName(name, ['input', 'policy'])
        if (!replayed) await replaceShadow(transaction, name, shadowName)
        return answer(
          await readRevision(transaction, name, last),
          replayed ?? (await record(transaction, 'SET_SHADOW_POLICY', { name }, operation)),
        )
      }),

    ensureDefault: (document) =>
      change(async (transaction) => {
        const present = await findRevision(transaction, document.name)
        const current = present && (await readRevision(transaction, document.name, present))
        if (current && current.createdBy !== INSTALLATION) return
        if (current && isDeepStrictEqual(current.document, document)) return
        await addRevision(transaction, document, INSTALLATION)
      }),
  }
}

/** @param about with the revision, where one came of it */
async function record(
  transaction: Prisma.TransactionClient,
  kind: OperationKind,
  { name, revision }: { readonly name: string; readonly revision?: number },
  operation: NewChange,
): Promise<OperationRow> {
  const created = await transaction.operation.create({
    data: { ...doneOperationData(kind, operation, new Date()), policyName: name, policyRevision: revision },
  })
  await transaction.event.create({ data: { kind: 'OPERATION_CHANGED', subjectId: created.id } })
  return created
}

function answer(revision: PolicyRevision, operation: OperationRow): ChangedPolicy {
  return { policy: toStoredPolicy(revision), operation: toOperation(operation) }
}

async function findRevision(transaction: Prisma.TransactionClient, name: string): Promise<number | null> {
  const row = await transaction.policy.findUnique({ where: { name }, select: { currentRevision: true } })
  return row?.currentRevision ?? null
}

/** Of a deleted policy, too. */
async function findLastRevision(transaction: Prisma.TransactionClient, name: string): Promise<number | null> {
  const latest = await transaction.policyRevision.aggregate({ where: { name }, _max: { revision: true } })
  return latest._max.revision
}

function readRevision(
  transaction: Prisma.TransactionClient,
  name: string,
  revision: number,
): Promise<PolicyRevision> {
  return transaction.policyRevision.findUniqueOrThrow({ where: { name_revision: { name, revision } } })
}

/** What the same request was answered with before. */
async function findEarlier(
  transaction: Prisma.TransactionClient,
  operation: NewChange,
): Promise<ChangedPolicy | null> {
  const earlier = await findReplay(transaction, operation).catch((error: unknown) =>
    findCarriedOver(transaction, operation, error),
  )
  if (!earlier) return null
  const { policyName, policyRevision } = earlier
  if (policyName === null || policyRevision === null) throw new Error(`${earlier.id} names no revision`)
  return answer(await readRevision(transaction, policyName, policyRevision), earlier)
}

/**
 * Requests for policies once had keys of their own. One whose key was another operation's as well is on record without it, and is
 * known by its fingerprint, of which the key is a part.
 *
 * @throws the conflict, if there is none
 */
async function findCarriedOver(
  transaction: Prisma.TransactionClient,
  { actor, inputFingerprint }: NewChange,
  conflict: unknown,
): Promise<OperationRow> {
  if (!(conflict instanceof IdempotencyConflictError)) throw conflict
  const where = { actor, idempotencyKey: null, inputFingerprint }
  const carriedOver = await transaction.operation.findFirst({ where })
  if (!carriedOver) throw conflict
  return carriedOver
}

function refuseRevision(expected: number | null, present: number): void {
  if (expected !== null && expected !== present) throw new RevisionConflictError(expected, present)
}

/** Numbers go on where a deleted policy of the same name ended, so that name and revision stand for one document. */
async function addRevision(
  transaction: Prisma.TransactionClient,
  document: PolicyDocument,
  createdBy: string,
): Promise<PolicyRevision> {
  const { name } = document
  const revision = ((await findLastRevision(transaction, name)) ?? 0) + 1
  const row = await transaction.policyRevision.create({
    data: {
      name,
      revision,
      document: document as unknown as Prisma.InputJsonObject,
      createdBy,
    },
  })
  await transaction.policy.upsert({
    where: { name },
    create: { name, currentRevision: revision },
    update: { currentRevision: revision },
  })
  return row
}

async function replaceShadow(
  transaction: Prisma.TransactionClient,
  policyName: string,
  shadowName: string | null,
): Promise<void> {
  const present = await transaction.policyShadow.findUnique({ where: { policyName } })
  if (present && present.shadowName === shadowName) return
  if (shadowName !== null) await refuseShadow(transaction, policyName, shadowName)
  await transaction.policyShadow.deleteMany({ where: { policyName } })
  if (shadowName !== null) await transaction.policyShadow.create({ data: { policyName, shadowName } })
}

async function refuseShadow(
  transaction: Prisma.TransactionClient,
  policyName: string,
  shadowName: string,
): Promise<void> {
  const path = ['input', 'shadow']
  const known = await transaction.policy.findMany({ select: { name: true }, orderBy: { name: 'asc' } })
  const others = known.map(({ name }) => name).filter((name) => name !== policyName)
  if (shadowName === policyName) {
    const message = 'is the policy itself, which would never differ'
    throw new InvalidInputError([{ path, message, allowed: [...others, 'null'].join(', ') }])
  }
  if (!others.includes(shadowName)) throw unknownPolicy(shadowName, others, path)
}

/** Whoever adopts volumes under it holds its row until they are there, and takes no placement lock: they are counted then. */
async function lockPolicy(transaction: Prisma.TransactionClient, name: string): Promise<void> {
  await transaction.$queryRaw`SELECT 1 FROM policy WHERE name = ${name} FOR UPDATE`
}

async function refuseWhileUsed(transaction: Prisma.TransactionClient, name: string): Promise<void> {
  const path = ['input', 'name']
  if (name === DEFAULT_POLICY_NAME) {
    throw new InvalidStateError(
      'requests that name no policy use the default one; it cannot be deleted',
      path,
    )
  }
  const count = await transaction.volume.count({
    where: { policyName: name, state: { notIn: ['DELETED', 'FAILED', 'RELEASED'] } },
  })
  if (count > 0) throw new InvalidStateError(`${count} volumes use this policy; delete them first`, path)
  const wanted = await transaction.bulkItem.count({
    where: {
      childId: null,
      volumeId: null,
      bulk: { finishedAt: null },
      input: { path: ['policy'], equals: name },
    },
  })
  if (wanted > 0) {
    const message = `${wanted} volumes that bulk operations are yet to create use this policy; wait for these, or cancel them first`
    throw new InvalidStateError(message, path)
  }
  const shadowed = await transaction.policyShadow.findMany({ where: { shadowName: name } })
  const names = shadowed.map(({ policyName }) => policyName).toSorted()
  if (names.length === 0) return
  throw new InvalidStateError(
    `it is the shadow of ${names.join(', ')}; give them another or none first`,
    path,
  )
}

function unknownName(name: string, path: readonly string[]): NotFoundError {
  return new NotFoundError(`there is no policy "${name.slice(0, 80)}"`, path)
}

function nameTaken(name: string): NameTakenError {
  return new NameTakenError(`there is a policy named "${name}" already`, ['input', 'document', 'name'], name)
}
