/** SQL: whether a volume is being made from the snapshot of a row, or put back to it. Only its own volume is put back to one. */
export const IS_READ_FROM = `(EXISTS (SELECT 1 FROM volume AS clone WHERE clone.source_snapshot_id = snapshot.id AND clone.state = 'CREATING')
  OR EXISTS (SELECT 1 FROM volume AS own WHERE own.id = snapshot.volume_id AND own.restore_snapshot_id = snapshot.id AND own.state = 'RESTORING'))`
