import { reject, type StateFilter } from './filter.ts'

const REMEDY = 'set its admin state to ACTIVE'

export const hasAdmission: StateFilter = {
  name: 'ADMISSION',
  refuse({ adminState }) {
    if (adminState === 'CORDONED') return reject('CORDONED', 'is cordoned: takes no new volumes', REMEDY)
    if (adminState === 'DRAINING') {
      return reject('DRAINING', 'is being drained: takes no new volumes', REMEDY)
    }
    return null
  },
  passes: () => 'takes new volumes',
}
