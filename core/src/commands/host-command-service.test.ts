import { expect, test } from 'vitest'
import { InvalidInputError } from '../errors.ts'
import { type IdSource, toId } from '../identity/ids.ts'
import type { HostCommands } from '../ports/host-commands.ts'
import { sampleUuid } from '../testing/sample-fleet.ts'
import { createHostCommands } from './host-command-service.ts'

const alice = { name: 'alice' }
const registered = { idempotencyKey: 'key', nqn: 'nqn.2019-09.com.example:a' }

/** Commands that keep which addresses they hand to the store. */
function keepingCommands(): { readonly commands: HostCommands; readonly kept: unknown[] } {
  const kept: unknown[] = []
  const keep = async ({ addresses }: { readonly addresses?: readonly string[] }) => {
    kept.push(addresses)
  }
  const ids: IdSource = { next: (type) => toId(type, sampleUuid(1)) }
  const hosts = { register: keep, update: (_id: string, changes: object) => keep(changes) }
  const ports = { ids, digest: (text: string) => text, hosts }
  return { commands: createHostCommands(ports as unknown as Parameters<typeof createHostCommands>[0]), kept }
}

test('the addresses of a host are kept as clusters write them, however they were typed', async () => {
  const { commands, kept } = keepingCommands()
  await commands.registerHost({ ...registered, addresses: ['2001:0DB8::1', '::ffff:10.0.0.1'] }, alice)
  await commands.updateHost({ id: toId('Host', sampleUuid(2)), addresses: ['FE80:0::1'] }, alice)
  await commands.updateHost({ id: toId('Host', sampleUuid(2)), name: null }, alice)
  expect(kept).toEqual([['2001:db8::1', '10.0.0.1'], ['fe80::1'], undefined])
})

test('one address that is typed in two ways is there twice', async () => {
  const { commands, kept } = keepingCommands()
  const refused = await commands
    .registerHost({ ...registered, addresses: ['2001:db8::1', 'ten', '2001:DB8:0::1'] }, alice)
    .catch((error: unknown) => error)
  if (!(refused instanceof InvalidInputError)) throw new Error('was not refused as input')
  expect(refused.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['input.addresses.1', '"ten" is no IP address'],
    ['input.addresses.2', 'occurs twice'],
  ])
  expect(kept).toEqual([])
})
