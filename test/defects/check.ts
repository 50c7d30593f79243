export { checkFleet as checkStack } from '../testkit/check-fleet.ts'
