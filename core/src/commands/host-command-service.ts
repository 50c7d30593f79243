import { isHostAddress, MAX_ADDRESSES } from '../hosts/host-address.ts'
import { NVME_NAME_ALLOWED, nvmeNameFault } from '../hosts/nvme-name.ts'
import type { HostId, VolumeId } from '../identity/ids.ts'
import type { HostCommands } from '../ports/host-commands.ts'
import type { AttachmentIntent, HostStore } from '../ports/host-store.ts'
import type { JobQueue } from '../ports/job-queue.ts'
import type { NewOperation } from '../ports/placement-ledger.ts'
import { InputIssues } from './input-issues.ts'
import { checkIdempotencyKey, checkName } from './input-rules.ts'
import { newOperation, type OperationPorts } from './new-operation.ts'

/** In one request; more can be attached by further ones. */
const MAX_HOSTS = 100

interface HostPorts extends OperationPorts {
  readonly hosts: HostStore
  readonly jobs: JobQueue
}

/** The part of FleetCommands that is about hosts. */
export function createHostCommands(ports: HostPorts): HostCommands {
  const { hosts, jobs, ids } = ports
  return {
    async registerHost(input, actor) {
      const { idempotencyKey, nqn, name = null, addresses } = input
      const issues = new InputIssues()
      checkIdempotencyKey(issues, idempotencyKey)
      const fault = nvmeNameFault(nqn)
      issues.require(fault === null, 'nqn', fault ?? '', NVME_NAME_ALLOWED)
      if (name !== null) checkName(issues, name)
      checkAddresses(issues, addresses)
      issues.throwIfAny()
      const { id: _, ...request } = newOperation(ports, 'REGISTER_HOST', input, actor)
      return { host: await hosts.register({ id: ids.next('Host'), nqn, name, addresses }, request) }
    },

    async updateHost({ id, expectedRevision, ...changes }) {
      const issues = new InputIssues()
      const isChange = changes.name !== undefined || changes.addresses !== undefined
      issues.require(isChange, '', 'changes nothing', 'at least one of name, addresses')
      if (typeof changes.name === 'string') checkName(issues, changes.name)
      if (changes.addresses) checkAddresses(issues, changes.addresses)
      issues.throwIfAny()
      return { host: await hosts.update(id, changes, expectedRevision ?? null) }
    },

    async deleteHost({ id, expectedRevision }) {
      return { host: await hosts.delete(id, expectedRevision ?? null) }
    },

    async attachVolume(input, actor) {
      checkHosts(input.idempotencyKey, input.hostIds)
      const intent = toIntent(input, newOperation(ports, 'ATTACH_VOLUME', input, actor))
      const attached = await hosts.attach(intent, input.hostIds, input.mode)
      jobs.reconcileVolumes([input.id])
      return attached
    },

    async detachVolume(input, actor) {
      checkHosts(input.idempotencyKey, input.hostIds)
      const intent = toIntent(input, newOperation(ports, 'DETACH_VOLUME', input, actor))
      const detached = await hosts.detach(intent, input.hostIds ?? null)
      jobs.reconcileVolumes([input.id])
      return detached
    },
  }
}

function toIntent(
  { id, expectedRevision }: { readonly id: VolumeId; readonly expectedRevision?: number },
  operation: NewOperation,
): AttachmentIntent {
  return { volumeId: id, operation, expectedRevision: expectedRevision ?? null }
}

function checkAddresses(issues: InputIssues, addresses: readonly string[]): void {
  const count = addresses.length
  issues.require(count <= MAX_ADDRESSES, 'addresses', `has ${count} entries`, `at most ${MAX_ADDRESSES}`)
  for (const [index, address] of addresses.entries()) {
    const field = `addresses.${index}`
    issues.require(
      isHostAddress(address),
      field,
      `"${address.slice(0, 80)}" is no IP address`,
      'an IPv4 or IPv6 address',
    )
    issues.require(addresses.indexOf(address) === index, field, 'occurs twice', 'each address once')
  }
}

function checkHosts(idempotencyKey: string, hostIds: readonly HostId[] | undefined): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, idempotencyKey)
  const count = hostIds?.length ?? 1
  issues.require(count >= 1 && count <= MAX_HOSTS, 'hostIds', `has ${count} entries`, `1 to ${MAX_HOSTS}`)
  const isOnce = new Set(hostIds).size === (hostIds?.length ?? 0)
  issues.require(isOnce, 'hostIds', 'names a host twice', 'each host once')
  issues.throwIfAny()
}
