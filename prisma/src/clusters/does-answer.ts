/**
 * Whether the cluster of a row of `cluster` counts as one that answers, and as the one it was meant for, so that work on what it has can
 * go on: a single failed poll does not yet speak against it. One that is lost again and again gets no new volumes for a while, though it
 * answers.
 */
export const DOES_ANSWER = `(cluster.connection = 'CONNECTED'
    OR cluster.connection = 'DISCONNECTED' AND cluster.poll_failures = 0 AND cluster.watched_until IS NOT NULL)`
