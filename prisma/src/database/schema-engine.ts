import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { makeSchemaEngineAdapter } from './schema-engine-adapter.ts'
import { SteadyClient } from './steady-client.ts'

/** What every request to the engine says: no table is managed by somebody else. */
export const schemaFilter = { externalTables: [], externalEnums: [] }

/** The engine asks for a schema to know the kind of database. */
const noSchema: [string, string] = ['schema.prisma', 'datasource db {\n  provider = "postgresql"\n}']

/**
 * Lends Prisma's schema engine on this database to a function; in WASM, as the native one would have to be
 * downloaded. Loading takes about 0.1 s, once per process.
 *
 * The database named serves as its own shadow database: comparing migrations with a schema, which rebuilds it from
 * the migrations, needs an empty one of its own.
 */
export async function withSchemaEngine<Result>(
  connectionString: string,
  use: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  engineLoaded ??= loadEngine()
  await engineLoaded
  const pool = new pg.Pool({ Client: SteadyClient, connectionString })
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(makeSchemaEngineAdapter(pool))
    const engine = await bindings.SchemaEngine.new({ datamodels: [noSchema] }, () => {}, adapter)
    try {
      return await use(engine)
    } finally {
      engine.free()
    }
  } finally {
    // Gives back the engine's advisory lock too, which it keeps when a migration fails.
    await pool.end()
  }
}

/** The part used here of a global that only TypeScript's browser library describes. */
declare const WebAssembly: {
  instantiate(
    source: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>
}

let engineLoaded: Promise<void> | null = null

/** Does what a bundler does for the package: compiles the module and hands its bindings to it. */
async function loadEngine(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
  const wasm = await readFile(join(entry, '..', 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': importsOfEngine() })
  // Where the module leaves a panic's message; without it a panic says only "unreachable".
  const onPanic = (message: string) => {
    throw new Error(`Prisma's schema engine: ${message}`)
  }
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: onPanic } })
  bindings.__wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start
  if (typeof start === 'function') start()
}

/** A timeout of 10 s, started for every lock and never cleared, must not keep a process that is done alive. */
function importsOfEngine(): object {
  const startTimeout = (callback: () => void, delayMs: number) => setTimeout(callback, delayMs).unref()
  const names = Object.keys(bindings).filter((name) => name.startsWith('__wbg_setTimeout_'))
  return { ...bindings, ...Object.fromEntries(names.map((name) => [name, startTimeout])) }
}
