import type { HomeFolder } from './home-folder.ts'

interface BannerOptions {
  /** Where the server listens. */
  url: string
  home: HomeFolder
  /** With a token that the server accepts; null when there is none. */
  tokenFile: string | null
  demo: boolean
  tookMs: number
}

/** What a person needs to know once all is up, as lines. */
export function startBanner({ url, home, tokenFile, demo, tookMs }: BannerOptions): string[] {
  const page = new URL('/', url)
  // An address of "all interfaces" cannot be opened as such.
  if (['0.0.0.0', '[::]'].includes(page.hostname)) page.hostname = '127.0.0.1'
  const lines = [
    '',
    `Flotilla is ready (${(tookMs / 1000).toFixed(1)} s)`,
    '',
    `  page          ${page}`,
    `  GraphQL       ${new URL('/graphql', page)}`,
    `  admin token   ${tokenFile ?? `none of ${home.path} is accepted here; "npm run token" makes one`}`,
    `  data          ${home.path}`,
  ]
  if (demo)
    lines.push('  load          npm run load   (in another terminal: places volumes on the simulated fleet)')
  return [...lines, '  stop          Ctrl-C', '']
}
