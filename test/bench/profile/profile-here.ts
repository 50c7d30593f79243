import { Session } from 'node:inspector/promises'
import { type PackageTime, ROOT, summariseProfile } from './summarise-profile.ts'

/** Of a few functions that take microseconds each, a look at each millisecond would see too little. */
const LOOK_EVERY_US = 200

/** What this process spends its time on while the work is done: self time by package, the longest first. */
export async function profileHere(work: () => Promise<void> | void): Promise<readonly PackageTime[]> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: LOOK_EVERY_US })
    await session.post('Profiler.start')
    await work()
    const { profile } = await session.post('Profiler.stop')
    const { samples = [], timeDeltas = [] } = profile
    return summariseProfile({ ...profile, samples, timeDeltas }, ROOT)
  } finally {
    session.disconnect()
  }
}
