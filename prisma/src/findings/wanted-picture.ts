/** SQL: of the hosts that a volume is to have. The addresses as core's `admittedAddresses` has them. */
const WANTED_ACCESS = `(SELECT jsonb_build_object(
    'hostNqns', coalesce(jsonb_agg(nqn ORDER BY nqn COLLATE "C"), '[]'),
    'addresses', CASE WHEN count(*) = 0 OR bool_or(addresses = '{}') THEN '"ANY"' ELSE (
      SELECT jsonb_agg(DISTINCT address COLLATE "C") FROM attachment JOIN host ON host.id = host_id, unnest(addresses) AS address
      WHERE volume_id = volume.id AND wanted_mode IS NOT NULL) END)
  FROM attachment JOIN host ON host.id = host_id WHERE volume_id = volume.id AND wanted_mode IS NOT NULL)`

/** SQL for what a volume's record asks of its cluster, as a StoredPicture. */
export const WANTED = `jsonb_build_object('name', volume.backend_name, 'project', volume.backend_project,
  'sizeBytes', coalesce(volume.shrink_to_bytes, volume.size_bytes)::text, 'replicas', volume.replicas,
  'compression', volume.compression, 'qosPolicy', volume.qos_policy, 'labels', volume.labels,
  'access', ${WANTED_ACCESS})`
