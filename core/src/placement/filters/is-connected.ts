import { reject, type StateFilter } from './filter.ts'

export const isConnected: StateFilter = {
  name: 'CONNECTION',
  refuse: ({ connection }) =>
    connection === 'CONNECTED'
      ? null
      : reject(
          'NOT_CONNECTED',
          `is ${connection}, must be CONNECTED`,
          'mend what its connection error says; the next poll that succeeds lets it pass',
        ),
  passes: ({ connection }) => `is ${connection}`,
}
