import { registerHooks } from 'node:module'
import { SOURCE_PATCHES } from './env.ts'

/** Preloaded by a process under test: hands out the sources that a test wants to be otherwise. */
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const own = SOURCE_PATCHES.filter(({ module }) => module === url)
    if (own.length === 0 || loaded.source === undefined || loaded.source === null) return loaded
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
    return {
      ...loaded,
      source: own.reduce((source, { find, replace }) => source.replace(find, () => replace), text),
    }
  },
})
