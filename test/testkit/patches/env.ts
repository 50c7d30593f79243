import type { SourcePatch } from './source-patch.ts'

export const SOURCE_PATCHES: readonly SourcePatch[] = JSON.parse(process.env.SOURCE_PATCHES ?? '[]')
