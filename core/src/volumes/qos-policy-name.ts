/** Clusters differ in what they allow; the narrower ones refuse a name themselves. */
export const QOS_POLICY_NAME = /^\S.{0,252}$/

export const QOS_POLICY_NAME_ALLOWED = '1 to 253 characters, no blank first'
