import type { Variables } from './settings.ts'

/** The argument of a process that is started before all of its settings are known. */
export const settingsFollow = '--settings-follow'

/** What its parent sends it when they are. */
export interface SettingsMessage {
  readonly type: 'settings'
  readonly settings: Variables
}

/** Of Node's `process`. */
interface Started {
  readonly argv: readonly string[]
  readonly env: Variables
  /** To the parent; it may have been told not to keep the process alive. */
  readonly channel?: { ref(): void; unref(): void }
  once(event: 'message', listener: (message: unknown) => void): unknown
}

/**
 * The environment of a process, and over it the settings that follow where its arguments say so: who awaits this as the last of its
 * imports has everything loaded by the time they come. Without a parent to send them it never resolves, and the process ends.
 */
export async function completeEnvironment(started: Started): Promise<Variables> {
  const { argv, env, channel } = started
  if (!argv.includes(settingsFollow)) return env
  channel?.ref()
  const message = await new Promise<unknown>((resolve) => started.once('message', resolve))
  channel?.unref()
  if (!isSettings(message)) throw new TypeError('what came from the parent first are not the settings')
  return { ...env, ...message.settings }
}

function isSettings(message: unknown): message is SettingsMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'settings'
}
