import type { SnapshotId, VolumeId } from '../identity/ids.ts'
import { type Asked, type CapabilityPorts, capabilityFaults } from './capability-faults.ts'

/**
 * For what is asked of one volume or snapshot.
 *
 * @throws InvalidInputError when the cluster that holds it is of a kind that cannot do it
 */
export async function requireCapability(
  ports: CapabilityPorts,
  id: VolumeId | SnapshotId,
  asked: Asked,
): Promise<void> {
  const fault = (await capabilityFaults(ports, [id], asked)).get(id)
  if (fault) throw fault
}
