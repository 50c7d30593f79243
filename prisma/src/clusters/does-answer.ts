/**
 * Whether the last poll of a row of `cluster` was answered by the cluster it was meant for, so that work on what it has can go on. One
 * that is lost again and again gets no new volumes for a while, though it answers.
 */
export const DOES_ANSWER = `(cluster.connection = 'CONNECTED'
    OR cluster.connection = 'DISCONNECTED' AND cluster.poll_failures = 0 AND cluster.watched_until IS NOT NULL)`
