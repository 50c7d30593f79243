/** SQL for what a volume's record asks of its cluster, as a StoredPicture. */
export const WANTED = `jsonb_build_object('name', volume.backend_name, 'project', volume.backend_project,
  'sizeBytes', coalesce(volume.shrink_to_bytes, volume.size_bytes)::text, 'replicas', volume.replicas,
  'compression', volume.compression, 'qosPolicy', volume.qos_policy, 'labels', volume.labels)`
