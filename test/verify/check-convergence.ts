import type { HostAccess } from '@flotilla/core/hosts/host-access'
import { admittedAddresses } from '@flotilla/core/hosts/next-access'
import { wireLabels } from '@flotilla/drivers/lightos/labels'
import { replacingLabels } from '@flotilla/drivers/lightos/replacing-labels'
import type { Checked, Facts } from './facts.ts'
import { Origins } from './origins.ts'
import { clusterNames, OurPlaces, type Placed } from './our-volumes.ts'
import type { AttachmentRow, ClusterRow, FindingRow, Records, SnapshotRow, VolumeRow } from './records.ts'
import type { ClusterTruth, TrueVolume } from './truth.ts'

/**
 * Rule 9: at rest each cluster has what its records ask for: volumes with their size, name, labels, compression, QoS and
 * access, and snapshots; and the figures are the cluster's own. What somebody changed behind our back may differ as long
 * as a finding tells of it.
 */
export function checkConvergence({ records, truth }: Facts): Checked {
  const places = new OurPlaces(truth)
  const nameOf = clusterNames(records)
  const origins = new Origins(records)
  const told = Map.groupBy(
    records.findings.filter(({ kind, state }) => kind === 'CHANGED' && state !== 'RESOLVED'),
    ({ subject }) => subject,
  )
  const attachments = Map.groupBy(records.attachments, ({ volumeId }) => volumeId)
  const ourNqns = new Set(records.hostNqns)
  const volumes = records.volumes.filter(({ state }) => state === 'AVAILABLE')
  const snapshots = records.snapshots.filter(({ state }) => state === 'AVAILABLE' || state === 'LINGERING')
  return {
    count: volumes.length + snapshots.length + records.clusters.length,
    faults: [
      ...volumes.flatMap((volume) => {
        const [place] = places.ofVolume(volume)
        if (!place) return []
        const differing = [
          ...placeFaults(volume, place, nameOf.get(volume.clusterId)),
          ...origins.ofVolume(volume, place),
          ...(told.has(volume.id) ? [] : propertyFaults(volume, place)),
          ...attachmentFaults(attachments.get(volume.id) ?? []),
          ...(tellsAccess(told.get(volume.id) ?? [], place)
            ? []
            : accessFaults(volume, attachments.get(volume.id) ?? [], ourNqns, place)),
        ]
        return differing.map((fault) => `${volume.id} ${fault}`)
      }),
      ...snapshots.flatMap((snapshot) =>
        snapshotFaults(snapshot, places, origins, nameOf.get(snapshot.clusterId)),
      ),
      ...records.clusters.flatMap((cluster) => figureFaults(cluster, truth, records)),
    ],
  }
}

function placeFaults(volume: VolumeRow, place: Placed<TrueVolume>, cluster: string | undefined): string[] {
  return [
    ...differs('is on', place.cluster, cluster),
    ...differs('has backend id', place.uuid, volume.backendId),
    ...differs('has state', place.state, 'Available'),
    ...differs('has settled generation', volume.settledGeneration, volume.generation),
    ...(volume.shrinkToBytes === null ? [] : [`is AVAILABLE and still to shrink to ${volume.shrinkToBytes}`]),
    ...(volume.formerProperties === null ? [] : ['is AVAILABLE with a change of properties unconfirmed']),
    ...(volume.restoreSnapshotId === null ? [] : ['is AVAILABLE and still to be put back']),
  ]
}

function propertyFaults(volume: VolumeRow, place: TrueVolume): string[] {
  const { written } = volume
  const labels = labelText(place.labels)
  return [
    ...differs('has size', place.sizeBytes, volume.sizeBytes),
    ...differs('has replicas', place.replicaCount, volume.replicas),
    ...differs('is called', place.name, volume.observedName ?? volume.backendName),
    ...differs('has project', place.projectName, volume.backendProject),
    ...differs('has compression', place.compression, volume.compression),
    ...(volume.qosPolicy === null ? [] : differs('has QoS policy', place.qosPolicy, volume.qosPolicy)),
    ...(isLabelled(volume, place) &&
    ![wireLabels, replacingLabels].some((wire) => labelText(wire(volume.labels)) === labels)
      ? [`has labels ${labels}, by the other side ${labelText(wireLabels(volume.labels))}`]
      : []),
    ...(written
      ? [
          ...differs('was last written with size', BigInt(written.sizeBytes), place.sizeBytes),
          ...differs('was last written with compression', written.compression, place.compression),
          ...differs('was last written with QoS policy', written.qosPolicy, place.qosPolicy),
          ...differs('was last written with labels', labelText(toLabels(written.labels)), labels),
        ]
      : []),
  ]
}

/**
 * Adopted volumes keep the labels that they have there until somebody changes them, and a clone that asks for none may be
 * given those of its source by its cluster.
 */
function isLabelled({ adoptedAt, labels }: VolumeRow, { sourceSnapshotUuid }: TrueVolume): boolean {
  return adoptedAt === null && (Object.keys(labels).length > 0 || !sourceSnapshotUuid)
}

function attachmentFaults(attachments: readonly AttachmentRow[]): string[] {
  const pending = attachments.filter(({ wantedMode, confirmedMode }) => wantedMode !== confirmedMode)
  return [
    ...pending.map(({ hostId }) => `is AVAILABLE and its attachment to ${hostId} is not confirmed as wanted`),
    ...attachments
      .filter(({ hostDeletedAt }) => hostDeletedAt !== null)
      .map(({ hostId }) => `is attached to ${hostId}, which has been deleted`),
  ]
}

/** Whether a finding says whom the cluster admits, and that it should be others. */
function tellsAccess(findings: readonly FindingRow[], place: TrueVolume): boolean {
  const seen = accessText(accessOf(place))
  return findings.some(
    ({ writtenAccess, observedAccess }) =>
      accessText(observedAccess) === seen && accessText(writtenAccess) !== seen,
  )
}

/** A cluster admits whom it was last written to admit; ours are admitted, and of them only those that are attached. */
function accessFaults(
  { written }: VolumeRow,
  attachments: readonly AttachmentRow[],
  ourNqns: ReadonlySet<string>,
  place: TrueVolume,
): string[] {
  const admitted = attachments.filter(({ confirmedMode }) => confirmedMode !== null)
  const missing = admitted.filter(({ nqn }) => !place.acl.includes(nqn))
  const others = place.acl.filter((nqn) => nqn !== 'ALLOW_NONE' && !admitted.some((each) => each.nqn === nqn))
  const left = others.filter((nqn) => ourNqns.has(nqn) && !written?.access?.hostNqns.includes(nqn))
  const addresses = admittedAddresses(admitted)
  const wanted = addresses === 'ANY' ? ['ALLOW_ANY'] : addresses
  return [
    ...missing.map(({ hostId }) => `is attached to ${hostId}, whom its cluster does not admit`),
    ...left.map((nqn) => `is not attached to ${nqn}, whom its cluster admits`),
    ...(others.length === 0 && admitted.length > 0
      ? differs('admits addresses', [...place.ipAcl].sort().join(), [...wanted].sort().join())
      : []),
    ...(written?.access
      ? differs('was last written to admit', accessText(written.access), accessText(accessOf(place)))
      : []),
  ]
}

function accessOf({ acl, ipAcl }: TrueVolume): HostAccess {
  const listOf = (values: readonly string[]) =>
    values.includes('ALLOW_ANY') ? 'ANY' : values.filter((value) => value !== 'ALLOW_NONE').sort()
  return { hostNqns: listOf(acl), addresses: listOf(ipAcl) }
}

function accessText(access: HostAccess | null): string | null {
  return access && `${access.hostNqns} from ${access.addresses}`
}

function snapshotFaults(
  snapshot: SnapshotRow,
  places: OurPlaces,
  origins: Origins,
  cluster: string | undefined,
): string[] {
  const [place] = places.ofSnapshot(snapshot)
  if (!place) return []
  const wanted = snapshot.state === 'LINGERING' ? 'Deleting' : 'Available'
  return [
    ...differs('is on', place.cluster, cluster),
    ...differs('has backend id', place.uuid, snapshot.backendId),
    ...differs('has size', place.sizeBytes, snapshot.sizeBytes),
    ...differs('has state', place.state, wanted),
    ...origins.ofSnapshot(snapshot, place),
  ].map((fault) => `${snapshot.id} ${fault}`)
}

function figureFaults(cluster: ClusterRow, truth: readonly ClusterTruth[], records: Records): string[] {
  const { id, name, capacity, detachedAt, connection } = cluster
  const own = truth.find((each) => each.name === name)
  if (detachedAt || !capacity || !own || connection !== 'CONNECTED') return []
  const ours = records.volumes.filter((each) => each.clusterId === id && each.state === 'AVAILABLE').length
  const there = own.volumes.filter(({ state }) => state !== 'Failed').length
  return [
    ...differs('has effective bytes', capacity.effectiveBytes, own.effectiveBytes),
    ...differs('has free bytes', capacity.freeBytes, own.freeBytes),
    ...differs('has volumes', capacity.volumeCount, there),
    ...differs('has foreign volumes', capacity.foreignVolumeCount, there - ours),
  ].map((fault) => `${name} ${fault}`)
}

/** Says so when the two are not the same. */
function differs<T>(what: string, present: T, wanted: T): string[] {
  return present === wanted ? [] : [`${what} ${present}, by the other side ${wanted}`]
}

function toLabels(labels: Readonly<Record<string, string>>) {
  return Object.entries(labels).map(([key, value]) => ({ key, value }))
}

function labelText(labels: readonly { readonly key: string; readonly value: string }[]): string {
  return labels
    .map(({ key, value }) => `${key}=${value}`)
    .sort()
    .join()
}
