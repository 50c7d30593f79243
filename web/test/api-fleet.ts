/** A fleet as the API tells of it. */
export const apiFleet = {
  __typename: 'Fleet',
  id: 'fleet',
  clusterCount: 2,
  connectedClusterCount: 2,
  volumeCount: 0,
  capacity: null,
}
