import { ROLES, type Role } from '@flotilla/core/ports/authenticator'

/** Whether a holder of `held` may do what `needed` may: ROLES goes from the mightiest to the least. */
export function hasRole(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) <= ROLES.indexOf(needed)
}
