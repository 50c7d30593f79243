import { z } from 'zod'
import { listOf, storableText, uuid } from './wire-values.ts'

/** QoS policies: which there are, and who may use them. A scope that names no project holds for all. */
export const qosPoliciesAnswer = z
  .object({
    policies: listOf(
      z.object({
        UUID: uuid,
        name: storableText,
        QoSRateLimitPolicy: z.object({ projectsNamesScope: listOf(storableText) }).nullish(),
      }),
    ),
  })
  .transform(({ policies }) =>
    policies.map((wire) => ({
      backendId: wire.UUID,
      name: wire.name,
      projects: wire.QoSRateLimitPolicy?.projectsNamesScope ?? [],
    })),
  )
