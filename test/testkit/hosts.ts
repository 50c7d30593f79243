import { type MutationAnswer, mutate, untilDone, type VolumeAnswer } from './data-life.ts'
import type { Stack } from './stack.ts'

export interface HostAnswer {
  readonly id: string
  readonly nqn: string
  readonly addresses: readonly string[]
  readonly revision: number
}

/** The answer of an attachment, with the hosts or volumes that are in its way. */
export interface AttachmentAnswer extends MutationAnswer {
  readonly host?: HostAnswer
}

export interface ReachAnswer {
  readonly attachments: readonly {
    readonly host: { readonly id: string }
    readonly wantedMode: string | null
    readonly confirmedMode: string | null
    readonly isObserved: boolean | null
  }[]
  readonly connection: {
    readonly reason: string | null
    readonly target: {
      readonly subsystemNqn: string
      readonly nvmeEndpoints: readonly string[]
      readonly discoveryEndpoints: readonly string[]
      readonly volumeUuid: string
      readonly instructions: readonly {
        readonly host: { readonly id: string }
        readonly nvmeCliCommands: readonly string[]
        readonly discoveryFile: string
      }[]
    } | null
  }
}

let serial = 0

export function freshNqn(): string {
  return `nqn.2019-09.com.example:host-${++serial}`
}

export async function newHost(
  stack: Pick<Stack, 'api'>,
  input: Record<string, unknown> = {},
): Promise<HostAnswer> {
  const { host, message } = await mutate<AttachmentAnswer>(
    stack,
    'registerHost',
    { nqn: freshNqn(), ...input },
    'host { id nqn addresses revision }',
  )
  if (!host) throw new Error(`the host was not registered: ${message}`)
  return host
}

/** Attaches and waits until the cluster has admitted the hosts. */
export async function attach(
  stack: Pick<Stack, 'api'>,
  volume: Pick<VolumeAnswer, 'id'>,
  hosts: readonly HostAnswer[],
  mode = 'EXCLUSIVE',
): Promise<void> {
  const hostIds = hosts.map(({ id }) => id)
  const { operation, message } = await mutate(stack, 'attachVolume', { id: volume.id, hostIds, mode })
  const ended = operation && (await untilDone(stack, operation.id))
  if (ended?.state !== 'SUCCEEDED') throw new Error(`not attached: ${message ?? ended?.error?.message}`)
}

export async function readReach({ api }: Pick<Stack, 'api'>, id: string): Promise<ReachAnswer> {
  const { volume } = await api.ask<{ volume: ReachAnswer }>(
    `query ($id: ID!) { volume(id: $id) {
      attachments { host { id } wantedMode confirmedMode isObserved }
      connection { reason target { subsystemNqn nvmeEndpoints discoveryEndpoints volumeUuid
        instructions { host { id } nvmeCliCommands discoveryFile } } } } }`,
    { id },
  )
  return volume
}
