import { isDeepStrictEqual } from 'node:util'
import {
  InvalidStateError,
  NameTakenError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { PolicyDocument } from '@flotilla/core/policies/policy-document'
import { DEFAULT_POLICY_NAME, type StoredPolicy } from '@flotilla/core/policies/stored-policy'
import type { PolicyStore } from '@flotilla/core/ports/policy-store'
import type { Database } from '../database/connect.ts'
import { retryOnConflict } from '../database/transaction.ts'
import type { Prisma } from '../generated/client.ts'
import { takePlacementLock } from '../placement/placement-lock.ts'
import { toStoredPolicy } from './policy-row.ts'

const RACES_RETRIED = 5

/** Who makes the default policy, as long as nobody else does. */
const INSTALLATION = 'flotilla'

/** Like the clusters' records, policies change rarely and under the placement lock. */
export function createPolicyStore({ prisma }: Database): PolicyStore {
  const change = <T>(work: (transaction: Prisma.TransactionClient) => Promise<T>): Promise<T> =>
    retryOnConflict(RACES_RETRIED, () =>
      prisma.$transaction(async (transaction) => {
        await takePlacementLock((sql) => transaction.$executeRawUnsafe(sql))
        return work(transaction)
      }),
    )

  return {
    create: (document, actor) =>
      change(async (transaction) => {
        if (await findRevision(transaction, document.name)) throw nameTaken(document.name)
        return addRevision(transaction, document, actor)
      }),

    update: (document, expectedRevision, actor) =>
      change(async (transaction) => {
        await requireRevision(transaction, document.name, expectedRevision, ['input', 'document', 'name'])
        return addRevision(transaction, document, actor)
      }),

    delete: (name, expectedRevision) =>
      change(async (transaction) => {
        await requireRevision(transaction, name, expectedRevision, ['input', 'name'])
        await refuseWhileUsed(transaction, name)
        await transaction.policy.delete({ where: { name } })
      }),

    ensureDefault: (document) =>
      change(async (transaction) => {
        const present = await findRevision(transaction, document.name)
        const current =
          present &&
          (await transaction.policyRevision.findUniqueOrThrow({
            where: { name_revision: { name: document.name, revision: present } },
          }))
        if (current && current.createdBy !== INSTALLATION) return
        if (current && isDeepStrictEqual(current.document, document)) return
        await addRevision(transaction, document, INSTALLATION)
      }),
  }
}

async function findRevision(transaction: Prisma.TransactionClient, name: string): Promise<number | null> {
  const row = await transaction.policy.findUnique({ where: { name }, select: { currentRevision: true } })
  return row?.currentRevision ?? null
}

async function requireRevision(
  transaction: Prisma.TransactionClient,
  name: string,
  expected: number | null,
  path: readonly string[],
): Promise<void> {
  const present = await findRevision(transaction, name)
  if (present === null) throw new NotFoundError(`there is no policy "${name.slice(0, 80)}"`, path)
  if (expected !== null && expected !== present) throw new RevisionConflictError(expected, present)
}

/** Numbers go on where a deleted policy of the same name ended, so that name and revision stand for one document. */
async function addRevision(
  transaction: Prisma.TransactionClient,
  document: PolicyDocument,
  createdBy: string,
): Promise<StoredPolicy> {
  const { name } = document
  const latest = await transaction.policyRevision.aggregate({ where: { name }, _max: { revision: true } })
  const revision = (latest._max.revision ?? 0) + 1
  const row = await transaction.policyRevision.create({
    data: { name, revision, document: document as unknown as Prisma.InputJsonObject, createdBy },
  })
  await transaction.policy.upsert({
    where: { name },
    create: { name, currentRevision: revision },
    update: { currentRevision: revision },
  })
  return toStoredPolicy(row)
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
    where: { policyName: name, state: { notIn: ['DELETED', 'FAILED'] } },
  })
  if (count > 0) throw new InvalidStateError(`${count} volumes use this policy; delete them first`, path)
}

function nameTaken(name: string): NameTakenError {
  return new NameTakenError(`there is a policy named "${name}" already`, ['input', 'document', 'name'], name)
}
