import type { Variables } from '@flotilla/core/settings/settings'

/** Our own environment; what we start inherits it. */
export const environment: Variables = process.env
