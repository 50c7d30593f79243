import { RevisionConflictError } from '@flotilla/core/errors'

/** @throws RevisionConflictError when the caller has read another revision; null for any */
export function refuseOtherRevision(
  { revision }: { readonly revision: number },
  expected: number | null,
): void {
  if (expected !== null && expected !== revision) throw new RevisionConflictError(expected, revision)
}
