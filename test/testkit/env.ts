/** Only names of defaults are read from it. */
export const env = process.env
