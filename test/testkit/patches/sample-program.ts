/** What the patches' own tests start. */
const ANSWER: number = 7
process.exit(ANSWER)
