import type { PlacementPolicy } from '../policies/policy.ts'
import type { FleetState } from './fleet-state.ts'

/** A fleet at one moment as one policy sees it: what counts as recent, and which volumes count, depend on the policy. */
export interface FleetView extends FleetState {
  readonly policy: PlacementPolicy
}
