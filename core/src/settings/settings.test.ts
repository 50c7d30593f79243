import { expect, test } from 'vitest'
import { readProcessSettings, readSettings, SettingsError } from './settings.ts'

test('defaults stand for what is absent or empty', () => {
  expect(readSettings({ PORT: '', UNRELATED: 'x' })).toEqual({
    HOST: '127.0.0.1',
    PORT: 4000,
    FLOTILLA_HOME: '.flotilla',
    POLL_INTERVAL_MS: 10_000,
    INVENTORY_INTERVAL_MS: 300_000,
    DECISION_DETAILS_KEPT_DAYS: 30,
    ALERT_PROMISED_SHARE: { numerator: 9n, denominator: 10n },
    ALERT_WRITTEN_SHARE: { numerator: 9n, denominator: 10n },
    ALERT_HYSTERESIS: { numerator: 5n, denominator: 100n },
    ALERT_FORECAST_DAYS: 30,
    ALERT_TOKEN_EXPIRY_DAYS: 14,
    ALERT_CLEAR_AFTER_MS: 60_000,
    ALLOWED_ORIGINS: [],
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'pretty',
  })
})

test('all faults are told at once, each with what is allowed', () => {
  const read = () =>
    readSettings({
      PORT: '70000',
      POLL_INTERVAL_MS: '10s',
      DECISION_DETAILS_KEPT_DAYS: '0',
      ALERT_PROMISED_SHARE: '90',
      LOG_LEVEL: 'loud',
      FLOTILLA_HOEM: '/srv',
    })
  expect(read).toThrow(SettingsError)
  expect(read).toThrow(/PORT: "70000" is not allowed; allowed is a TCP port, 0 to 65535/)
  expect(read).toThrow(/POLL_INTERVAL_MS: "10s" is not allowed; allowed is whole milliseconds/)
  expect(read).toThrow(/DECISION_DETAILS_KEPT_DAYS: "0" is not allowed; allowed is whole days, 1 to 36500/)
  expect(read).toThrow(/LOG_LEVEL: "loud" is not allowed; allowed is trace, debug/)
  expect(read).toThrow(/ALERT_PROMISED_SHARE: "90" is not allowed; allowed is a decimal from 0 to 1/)
  expect(read).toThrow(/FLOTILLA_HOEM: no such setting/)
})

test('there may be several master keys, and a server or worker needs one', () => {
  const [newer, older] = [Buffer.alloc(32, 2), Buffer.alloc(32, 1)].map((key) => key.toString('base64'))
  const read = (FLOTILLA_MASTER_KEY?: string) =>
    readProcessSettings({ DATABASE_URL: 'postgresql://h/d', FLOTILLA_MASTER_KEY }).FLOTILLA_MASTER_KEY
  expect(read(older)).toEqual([older])
  expect(read(`${newer},${older}`)).toEqual([newer, older])
  for (const wrong of [undefined, ',', `${newer},hunter2`]) {
    expect(() => read(wrong)).toThrow(
      /FLOTILLA_MASTER_KEY: its value is not allowed; allowed is 32 random bytes/,
    )
  }
})

test('no secret appears in a message', () => {
  const secrets = { DATABASE_URL: 'mysql://u:hunter2@h/d', FLOTILLA_MASTER_KEY: 'hunter2' }
  expect(() => readSettings(secrets)).toThrow(
    /DATABASE_URL(.|\n)*FLOTILLA_MASTER_KEY|FLOTILLA_MASTER_KEY(.|\n)*DATABASE_URL/,
  )
  expect(() => readSettings(secrets)).not.toThrow(/hunter2/)
})
