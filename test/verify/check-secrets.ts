import type { Checked, Facts } from './facts.ts'

/** Rule 12: no secret stands in plain text in a table, a job's payload, an event, a log or an answer. */
export function checkSecrets({ records: { leaks, searched } }: Facts): Checked {
  return {
    count: searched,
    faults: leaks.map(
      ({ where, secret, count }) => `${where} has the ${secret} in plain text, ${count} times`,
    ),
  }
}
