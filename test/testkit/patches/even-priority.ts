import type { SourcePatch } from './source-patch.ts'

/** The worker gives way to servers; on a machine that is busy with other things it would hardly get on. */
export const EVEN_PRIORITY: SourcePatch = {
  module: 'workers/src/main.ts',
  find: 'setPriority(constants.priority.PRIORITY_BELOW_NORMAL)',
  replace: '',
}
