import { expect } from 'vitest'
import type { Stack } from './stack.ts'
import { waitUntil } from './wait-until.ts'

export interface WrittenStep {
  readonly kind: string
  readonly commands: readonly string[]
  readonly until: string | null
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = any

/** Every command of a move as it is written, in order; what a host does to data is left out. Answers the id of the new volume. */
export async function carryOutMove(
  { api }: Pick<Stack, 'api'>,
  steps: readonly WrittenStep[],
  hostId: string,
): Promise<string> {
  let [newId, newBackendId] = ['', '']
  const written = (command: string) =>
    command
      .replaceAll('COPYING_HOST_ID', hostId)
      .replaceAll('NEW_VOLUME_ID', newId)
      .replaceAll('NEW_BACKEND_ID', newBackendId)
  for (const { kind, commands, until } of steps) {
    for (const command of commands.map(written)) {
      if (kind === 'COPY' || kind === 'VERIFY') {
        expect(command).not.toMatch(/_ID|=.*nvme-uuid\.$/)
        continue
      }
      const ask = () => api.ask<Answer>(command)
      if (kind === 'WAIT') {
        const { volume } = await waitUntil(`${command} to be ${until}`, async () => {
          const answer = await ask()
          return answer.volume.state === until && answer
        })
        if (volume.id === newId) newBackendId = volume.backendId
        continue
      }
      const answer = await ask()
      if (kind === 'CREATE_TARGET') newId = answer.createVolume.volume.id
      if (kind === 'CONNECT') {
        const [instructions] = answer.volume.connection.target.instructions
        expect(instructions).toMatchObject({
          host: { id: hostId },
          nvmeCliCommands: expect.arrayContaining([expect.stringContaining('nvme connect')]),
        })
      } else expect(Object.values<Answer>(answer)[0]).not.toHaveProperty('code')
    }
  }
  return newId
}
