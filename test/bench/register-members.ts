import type { Stack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import type { FleetMember } from './polling/fleet-program.ts'

const REGISTRATIONS_AT_ONCE = 8
const REGISTERED_WITHIN_MS = 1_800_000

const REGISTER = `mutation Register($input: RegisterClusterInput!) { registerCluster(input: $input) {
  ... on RegisterClusterPayload { cluster { id } } ... on Error { message } } }`

/** Registers simulated clusters of another process, and waits until each has been observed. */
export async function registerMembers({ api, sql }: Stack, members: readonly FleetMember[]): Promise<void> {
  const left = [...members]
  const registerNext = async (): Promise<void> => {
    for (let member = left.pop(); member; member = left.pop()) {
      const { name, endpoint, fingerprintSha256, token } = member
      await api.ask(REGISTER, {
        input: {
          idempotencyKey: name,
          name,
          endpoints: [endpoint],
          tls: { mode: 'PINNED', certificateSha256: fingerprintSha256 },
          credential: { token },
        },
      })
    }
  }
  await Promise.all(Array.from({ length: REGISTRATIONS_AT_ONCE }, registerNext))
  const observed = async (): Promise<boolean> => {
    const { rows } = await sql.query<{ count: bigint }>('SELECT count(*) FROM cluster_capacity')
    return Number(rows[0]?.count) === members.length
  }
  await waitUntil('every cluster to be observed', observed, REGISTERED_WITHIN_MS)
}
