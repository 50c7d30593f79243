import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Database } from '@flotilla/prisma/database/connect'
import { recordFindings } from '@flotilla/prisma/findings/record-findings'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import type { MatchedVolumes } from '@flotilla/prisma/polling/match-volumes'
import { createPollStore, type PollStore } from '@flotilla/prisma/polling/poll-store'
import { type PollFailure, recordPollFailure } from '@flotilla/prisma/polling/record-poll-failure'
import type { ServiceKeyStore } from '@flotilla/prisma/secrets/service-key-store'
import type { Vault } from '@flotilla/prisma/secrets/vault'

/** The records of polls, from their begin to what came of them. One transaction each. */
export interface PollRecords extends PollStore {
  /** Writes what an inventory has otherwise than our records; answers the volumes that are to be put back. */
  recordFindings(poll: BegunPoll, seen: MatchedVolumes): Promise<readonly VolumeId[]>
  /** Keeps the last figures with their age, and notes why there are no newer ones. */
  fail(poll: BegunPoll, failure: PollFailure, nextPollInMs: number, steadyMs: number): Promise<void>
}

export function createPollRecords(
  database: Database,
  vault: Vault,
  serviceKeys: ServiceKeyStore,
): PollRecords {
  return {
    ...createPollStore(database, vault, serviceKeys),
    recordFindings: (poll, seen) => recordFindings(database, poll, seen),
    fail: (poll, failure, nextPollInMs, steadyMs) =>
      recordPollFailure(database, poll, failure, nextPollInMs, steadyMs),
  }
}
