/** A deleted or failed volume that its cluster still holds is work, too. What is on a detached cluster is left alone. */
export const NOT_AT_REST = `(volume.state IN ('CREATING', 'RESIZING', 'UPDATING', 'RESTORING', 'DELETING')
    OR volume.state IN ('DELETED', 'FAILED') AND volume.observed_bytes > 0)
  AND EXISTS (SELECT 1 FROM cluster WHERE cluster.id = volume.cluster_id AND cluster.detached_at IS NULL)`

export const NOT_LEASED = '(volume.leased_until IS NULL OR volume.leased_until < clock_timestamp())'
