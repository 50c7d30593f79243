/** What a settlement may change of a volume, under the names of core's SettledVolume. */
export const SETTLED_COLUMNS = `state, size_bytes AS "sizeBytes", shrink_to_bytes AS "shrinkToBytes", replicas,
  observed_bytes AS "observedBytes", compression, qos_policy AS "qosPolicy", labels,
  former_properties AS "formerProperties", access_change IS NOT DISTINCT FROM 'AS_WRITTEN' AS "putsBack"`
