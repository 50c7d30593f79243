import type { MasterKeys } from '@flotilla/core/settings/master-keys'
import type { Settings, Variables } from '@flotilla/core/settings/settings'
import type { HomeFolder } from './home-folder.ts'

/** What server and worker are sent over the environment that they share with us: every setting that we fill in. */
export function settingsForChildren(
  settings: Settings,
  home: HomeFolder,
  connectionString: string,
  masterKeys: MasterKeys,
): Variables {
  return {
    HOST: settings.HOST,
    PORT: String(settings.PORT),
    FLOTILLA_HOME: home.path,
    DATABASE_URL: connectionString,
    REDIS_URL: settings.REDIS_URL,
    POLL_INTERVAL_MS: String(settings.POLL_INTERVAL_MS),
    INVENTORY_INTERVAL_MS: String(settings.INVENTORY_INTERVAL_MS),
    DECISION_DETAILS_KEPT_DAYS: String(settings.DECISION_DETAILS_KEPT_DAYS),
    LOG_LEVEL: settings.LOG_LEVEL,
    // Made pretty here, where all lines come together.
    LOG_FORMAT: 'json',
    FLOTILLA_MASTER_KEY: masterKeys.join(','),
  }
}
