import { InvalidInputError } from '../errors.ts'

/** @param known names of the policies that there are */
export function unknownPolicy(
  name: string,
  known: readonly string[],
  path: readonly string[],
): InvalidInputError {
  return new InvalidInputError([
    { path, message: `there is no policy "${name.slice(0, 80)}"`, allowed: known.join(', ') },
  ])
}
