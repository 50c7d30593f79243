import { z } from 'zod'
import { faultRuleSchema } from '../faults/fault-rule.ts'
import type { ControlRoute } from './control-route.ts'

const rulesSchema = z.object({ rules: z.array(faultRuleSchema) })
const connectivitySchema = z.object({ connectivity: z.enum(['open', 'silent', 'refused']) })
const certificateSchema = z
  .object({ validDays: z.number(), dnsNames: z.array(z.string()), addresses: z.array(z.string()) })
  .partial()
  .strict()
const tokenSchema = z.object({
  scope: z.string().default('system'),
  role: z.string().default('cluster-admin'),
  expiresInSeconds: z.number().default(3600),
})

/** Making clusters misbehave as services. */
export const faultRoutes: readonly ControlRoute[] = [
  {
    method: 'PUT',
    path: '/clusters/:name/faults',
    summary:
      'replace its faults: {"rules": [{"kind": "latency", "delayMs": 500, "operations": ["GetCluster"]}]}',
    handle({ clusters, body }) {
      const { rules } = rulesSchema.parse(body)
      for (const cluster of clusters) cluster.faults.set(...rules)
    },
  },
  {
    method: 'POST',
    path: '/clusters/:name/faults',
    summary: 'add one fault: {"kind": "dropAnswer", "operations": ["CreateVolume"], "times": 1}',
    handle({ clusters, body }) {
      const rule = faultRuleSchema.parse(body)
      for (const cluster of clusters) cluster.faults.add(rule)
    },
  },
  {
    method: 'DELETE',
    path: '/clusters/:name/faults',
    summary: 'clear its faults',
    handle({ clusters }) {
      for (const cluster of clusters) cluster.faults.clear()
    },
  },
  {
    method: 'PUT',
    path: '/clusters/:name/connectivity',
    summary: '{"connectivity": "open" | "silent" | "refused"}; silent accepts connections and never answers',
    async handle({ clusters, body }) {
      const { connectivity } = connectivitySchema.parse(body)
      await Promise.all(clusters.map((cluster) => cluster.setConnectivity(connectivity)))
    },
  },
  {
    method: 'PUT',
    path: '/clusters/:name/certificate',
    summary: 'serve another certificate: {"validDays": -1, "dnsNames": ["elsewhere"], "addresses": []}',
    async handle({ clusters, body }) {
      const request = certificateSchema.parse(body)
      await Promise.all(clusters.map((cluster) => cluster.changeCertificate(request)))
    },
  },
  {
    method: 'POST',
    path: '/clusters/:name/tokens',
    summary:
      'a token: {"scope": "system", "role": "cluster-admin", "expiresInSeconds": 3600}; negative is expired',
    async handle({ clusters, body }) {
      const request = tokenSchema.parse(body)
      return { tokens: await Promise.all(clusters.map((cluster) => cluster.issueToken(request))) }
    },
  },
]
