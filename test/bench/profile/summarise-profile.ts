/** Where our own packages are. */
export const ROOT = new URL('../../../', import.meta.url).href

/** What `node --cpu-prof` writes, as far as it is read here. Times are microseconds of the machine's monotonic clock. */
export interface CpuProfile {
  readonly startTime: number
  readonly nodes: readonly {
    readonly id: number
    /** Lines from 0. */
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  /** The node that ran at each look, and how long after the one before that was. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Time that functions of one package ran themselves, what they called not counted. */
export interface PackageTime {
  readonly name: string
  readonly us: number
  /** The longest first. */
  readonly functions: readonly { readonly name: string; readonly us: number }[]
}

/** What V8 calls what is in no file. */
const OUTSIDE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'native code',
  '(root)': 'native code',
}

/**
 * Self time by package, the longest first; time without work is left out.
 *
 * @param root where our own packages are, as `file:///.../`; one of them is named by its folder
 * @param during what was sampled within; all of it unless given
 */
export function summariseProfile(
  profile: CpuProfile,
  root: string,
  during: { readonly fromUs: number; readonly untilUs: number } = { fromUs: 0, untilUs: Infinity },
): readonly PackageTime[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const packages = new Map<string, Map<string, number>>()
  let atUs = profile.startTime
  for (const [index, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[index + 1] ?? 0
    atUs += profile.timeDeltas[index] ?? 0
    const frame = frames.get(id)
    if (!frame || frame.functionName === '(idle)' || atUs < during.fromUs || atUs > during.untilUs) continue
    const name = OUTSIDE[frame.functionName] ?? packageOf(frame.url, root)
    const functions = packages.get(name) ?? new Map<string, number>()
    const own = frame.functionName || placeOf(frame)
    packages.set(name, functions.set(own, (functions.get(own) ?? 0) + us))
  }
  return [...packages]
    .map(([name, functions]) => ({
      name,
      us: [...functions.values()].reduce((sum, us) => sum + us, 0),
      functions: [...functions].map(([own, us]) => ({ name: own, us })).sort((a, b) => b.us - a.us),
    }))
    .sort((a, b) => b.us - a.us)
}

/** What has no name is told by where it begins. */
function placeOf({ url, lineNumber }: { readonly url: string; readonly lineNumber: number }): string {
  return `${url.slice(url.lastIndexOf('/') + 1)}:${lineNumber + 1}`
}

function packageOf(url: string, root: string): string {
  if (url === '') return 'V8'
  if (url.startsWith('node:')) return 'Node'
  const installed = url.split('/node_modules/')
  const [first = '', second = ''] =
    (installed.length > 1 ? installed.at(-1) : url.replace(root, ''))?.split('/') ?? []
  return first.startsWith('@') ? `${first}/${second}` : first
}
