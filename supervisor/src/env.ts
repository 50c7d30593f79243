/** Our own environment; what we start inherits it. */
export const environment: Record<string, string | undefined> = process.env
