import { type IdSource, toId } from '@flotilla/core/identity/ids'
import { v7 } from 'uuid'

/** Ids that sort by the time they were made. */
export const uuidIds: IdSource = {
  next: (type) => toId(type, v7()),
}
