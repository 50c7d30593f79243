import { defaultPolicy } from './default-policy.ts'
import type { PolicyDocument } from './policy-document.ts'
import { DEFAULT_POLICY_NAME } from './stored-policy.ts'

const DAY_MS = 86_400_000

/** The default policy of an installation that polls this often, as a document; it says only what is not its default. */
export function defaultDocument(pollIntervalMs: number): PolicyDocument {
  const maxObservationAgeMs = Math.min(DAY_MS, Math.ceil(defaultPolicy(pollIntervalMs).maxObservationAgeMs))
  return { name: DEFAULT_POLICY_NAME, limits: { maxObservationAgeMs } }
}
