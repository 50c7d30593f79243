import type { Checked, Facts } from './facts.ts'

/** Rule 11, as far as records can show it: nothing of one project is made of, counted with, or named after another's. */
export function checkTenants({ records: { volumes, snapshots } }: Facts): Checked {
  const projectOf = new Map<string, string>(
    [...volumes, ...snapshots].map(({ id, project }) => [id, project]),
  )
  const isOther = (id: string | null, project: string) =>
    id !== null && projectOf.has(id) && projectOf.get(id) !== project
  return {
    count: volumes.length + snapshots.length,
    faults: [
      ...snapshots
        .filter(({ volumeId, project }) => isOther(volumeId, project))
        .map(({ id, volumeId, project }) => `${id} of project ${project} is of ${volumeId} of another`),
      ...snapshots
        .filter(({ madeForId, project }) => isOther(madeForId, project))
        .map(
          ({ id, madeForId, project }) => `${id} of project ${project} was made for ${madeForId} of another`,
        ),
      ...volumes
        .filter(({ sourceSnapshotId, project }) => isOther(sourceSnapshotId, project))
        .map(({ id, sourceSnapshotId, project }) => {
          return `${id} of project ${project} is a clone of ${sourceSnapshotId} of another`
        }),
      ...volumes
        .filter(({ restoreSnapshotId, project }) => isOther(restoreSnapshotId, project))
        .map(({ id, restoreSnapshotId, project }) => {
          return `${id} of project ${project} is put back to ${restoreSnapshotId} of another`
        }),
      ...volumes
        .filter(({ placementGroup, project }) => placementGroup && !placementGroup.startsWith(`${project}/`))
        .map(
          ({ id, placementGroup, project }) => `${id} of project ${project} is in group ${placementGroup}`,
        ),
    ],
  }
}
