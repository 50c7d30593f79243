/** npm run generate: writes Prisma's client for schema.prisma into src/generated. Needs no network. */
import { generateClientIfStale } from '../src/database/generate-client.ts'

generateClientIfStale(console.log)
