import type { HomeFolder } from './home-folder.ts'

interface BannerOptions {
  /** Where the server listens. */
  url: string
  home: HomeFolder
  demo: boolean
  tookMs: number
}

/** What a person needs to know once all is up, as lines. */
export function startBanner({ url, home, demo, tookMs }: BannerOptions): string[] {
  const page = new URL('/', url)
  // An address of "all interfaces" cannot be opened as such.
  if (['0.0.0.0', '[::]'].includes(page.hostname)) page.hostname = '127.0.0.1'
  const lines = [
    '',
    `Flotilla is ready (${(tookMs / 1000).toFixed(1)} s)`,
    '',
    `  page          ${page}`,
    `  GraphQL       ${new URL('/graphql', page)}`,
    `  admin token   ${home.adminTokenFile}`,
    `  data          ${home.path}`,
  ]
  if (demo)
    lines.push('  load          npm run load   (in another terminal: places volumes on the simulated fleet)')
  return [...lines, '  stop          Ctrl-C', '']
}
