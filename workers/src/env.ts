import { completeEnvironment } from '@flotilla/core/settings/complete-environment'

/** Read here only; what is in it is told by core's settings. */
export const environment = await completeEnvironment(process)
