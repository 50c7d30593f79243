import { Redis } from 'ioredis'
import { coalesce } from './coalesce.ts'
import { EVENT_CHANNEL, type EventBus } from './event-bus.ts'

/** Publish and subscribe on one channel; ioredis reconnects and subscribes again by itself. */
export function createRedisEventBus(url: string): EventBus {
  const sender = new Redis(url, { maxRetriesPerRequest: 1, enableOfflineQueue: false })
  const receiver = new Redis(url, { maxRetriesPerRequest: null })
  for (const connection of [sender, receiver]) connection.on('error', () => {})
  const wakes = new Set<() => void>()
  receiver.on('message', () => wakes.forEach((wake) => void wake()))
  receiver.on('ready', () => wakes.forEach((wake) => void wake()))

  return {
    publish: coalesce(() => sender.publish(EVENT_CHANNEL, '')),
    async subscribe(wake) {
      wakes.add(wake)
      void receiver.subscribe(EVENT_CHANNEL).catch(() => {})
      return { close: async () => void wakes.delete(wake) }
    },
    async close() {
      sender.disconnect()
      receiver.disconnect()
    },
  }
}
