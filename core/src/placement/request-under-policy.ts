import type { PlacementRequest } from './placement-request.ts'

export interface RequestUnderPolicy {
  readonly request: PlacementRequest
  /** Name of the policy that decides about it. */
  readonly policyName: string
}
