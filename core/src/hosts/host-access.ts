/**
 * Whom a cluster admits to a volume. A host needs to pass both lists (lightos-api.md section 4). In the order of the
 * text, so that equal ones look alike.
 */
export interface HostAccess {
  readonly hostNqns: 'ANY' | readonly string[]
  /** IP addresses of clients. */
  readonly addresses: 'ANY' | readonly string[]
}
