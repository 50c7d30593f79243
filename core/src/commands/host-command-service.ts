import { canonicalAddress } from '../hosts/canonical-address.ts'
import { NVME_NAME_ALLOWED, nvmeNameFault } from '../hosts/nvme-name.ts'
import type { HostId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { AttachVolumeInput, DetachVolumeInput, HostCommands } from '../ports/host-commands.ts'
import type { AttachmentIntent, HostStore } from '../ports/host-store.ts'
import type { JobQueue } from '../ports/job-queue.ts'
import { beginOperation, type OperationPorts } from './begin-operation.ts'
import { ASKED, type CapabilityPorts } from './capability-faults.ts'
import { checkAddresses, checkHostIds } from './host-rules.ts'
import { InputIssues } from './input-issues.ts'
import { checkIdempotencyKey, checkName, requireKey } from './input-rules.ts'
import { requireCapability } from './require-capability.ts'

interface HostPorts extends OperationPorts, CapabilityPorts {
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
      const host = { id: ids.next('Host'), nqn, name, addresses: addresses.map(canonicalAddress) }
      return hosts.register(host, beginOperation(ports, 'REGISTER_HOST', input, actor))
    },

    async updateHost(input, actor) {
      const { idempotencyKey, id, expectedRevision, ...wanted } = input
      const { addresses } = wanted
      const issues = new InputIssues()
      if (idempotencyKey !== undefined) checkIdempotencyKey(issues, idempotencyKey)
      const isChange = wanted.name !== undefined || addresses !== undefined
      issues.require(isChange, '', 'changes nothing', 'at least one of name, addresses')
      if (typeof wanted.name === 'string') checkName(issues, wanted.name)
      if (addresses) checkAddresses(issues, addresses)
      issues.throwIfAny()
      const operation = beginOperation(ports, 'UPDATE_HOST', input, actor)
      const changes = { ...wanted, ...(addresses && { addresses: addresses.map(canonicalAddress) }) }
      return hosts.update(id, changes, expectedRevision ?? null, operation)
    },

    async deleteHost(input, actor) {
      requireKey(input.idempotencyKey)
      const operation = beginOperation(ports, 'DELETE_HOST', input, actor)
      return hosts.delete(input.id, input.expectedRevision ?? null, operation)
    },

    async attachVolume(input, actor) {
      checkHosts(input.idempotencyKey, input.hostIds)
      await requireCapability(ports, input.id, ASKED.attachment)
      const intent = toIntent(input, beginOperation(ports, 'ATTACH_VOLUME', input, actor))
      const attached = await hosts.attach(intent, input.hostIds, input.mode)
      jobs.reconcileVolumes([input.id])
      return attached
    },

    async detachVolume(input, actor) {
      checkHosts(input.idempotencyKey, input.hostIds)
      const intent = toIntent(input, beginOperation(ports, 'DETACH_VOLUME', input, actor))
      const detached = await hosts.detach(intent, input.hostIds ?? null)
      jobs.reconcileVolumes([input.id])
      return detached
    },
  }
}

function toIntent(
  { id, expectedRevision, force = false }: AttachVolumeInput | DetachVolumeInput,
  operation: NewOperation,
): AttachmentIntent {
  return { volumeId: id, operation, expectedRevision: expectedRevision ?? null, force }
}

function checkHosts(idempotencyKey: string, hostIds: readonly HostId[] | undefined): void {
  const issues = new InputIssues()
  checkIdempotencyKey(issues, idempotencyKey)
  checkHostIds(issues, hostIds)
  issues.throwIfAny()
}
