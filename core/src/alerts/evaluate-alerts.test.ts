import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../capacity/resolution.ts'
import { NOW, SAMPLE_POLICY, TIB } from '../testing/sample-fleet.ts'
import type { AlertKind } from './alert.ts'
import type { AlertFacts } from './alert-conditions.ts'
import type { AlertThresholds } from './alert-thresholds.ts'
import { type AlertChange, evaluateAlerts, type OpenAlert } from './evaluate-alerts.ts'

const SECOND_MS = 1_000
const nowMs = NOW.getTime()
const THRESHOLDS: AlertThresholds = {
  promisedShare: { numerator: 9n, denominator: 10n },
  writtenShare: { numerator: 9n, denominator: 10n },
  hysteresis: { numerator: 5n, denominator: 100n },
  forecastDays: 30,
  tokenExpiryDays: 14,
  clearAfterMs: 60 * SECOND_MS,
}

/** 100 TiB: 150 may be promised, 10 have to stay free. */
const FIGURES = {
  provisionedBytes: 15n * TIB,
  pendingBytes: 0n,
  effectiveBytes: 100n * TIB,
  freeBytes: 90n * TIB,
  reportedBytes: 15n * TIB,
  mismatchedPolls: 0,
  observedAt: NOW,
}
const WELL: AlertFacts = {
  isMember: true,
  createdAt: NOW,
  mutedUntil: null,
  connection: 'CONNECTED',
  connectionError: null,
  health: 'OK',
  healthMessage: null,
  credentialExpiresAt: null,
  openFindings: { FOREIGN: 0, MISSING: 0, MISSING_SNAPSHOT: 0, CHANGED: 0 },
  figures: FIGURES,
  forecast: null,
}

const promised = (tebibytes: bigint, atMs = nowMs): AlertFacts => ({
  ...WELL,
  figures: { ...FIGURES, provisionedBytes: tebibytes * TIB, observedAt: new Date(atMs) },
})

function evaluate(facts: AlertFacts, open: readonly OpenAlert[] = [], atMs = nowMs) {
  return evaluateAlerts(facts, open, {
    policy: SAMPLE_POLICY,
    thresholds: THRESHOLDS,
    now: new Date(atMs),
  })
}

function anOpen(kind: AlertKind, alert: Partial<OpenAlert> = {}): OpenAlert {
  return { kind, severity: 'WARNING', message: 'as it was', updatedAt: NOW, quietSince: null, ...alert }
}

const gate = (forecast: object) => ({
  leftBytes: TIB,
  earliestDays: 1,
  latestDays: null,
  growthBytesPerDay: 1,
  sampleCount: 60,
  historyDays: 60,
  outcome: 'GROWING' as const,
  confidence: 'HIGH' as const,
  days: 10,
  ...forecast,
})
const forecastOf = (forecast: object): AlertFacts => ({
  ...WELL,
  forecast: { promised: gate(forecast), written: gate({ outcome: 'NOT_GROWING', days: null }) },
})

describe('what is raised', () => {
  test('a cluster that is well raises nothing', () => {
    expect(evaluate(WELL)).toEqual([])
  })

  test.each<[string, AlertFacts, AlertKind, string, RegExp]>([
    [
      'promised',
      promised(135n),
      'NEAR_FULL_PROMISED',
      'WARNING',
      /135 TiB promised of 150 TiB .* 15.0 TiB left/,
    ],
    ['promised, nothing left', promised(150n), 'NEAR_FULL_PROMISED', 'CRITICAL', /nothing left/],
    [
      'pending bytes count',
      { ...WELL, figures: { ...FIGURES, pendingBytes: 120n * TIB } },
      'NEAR_FULL_PROMISED',
      'WARNING',
      /135 TiB promised/,
    ],
    [
      'written',
      { ...WELL, figures: { ...FIGURES, freeBytes: 19n * TIB } },
      'NEAR_FULL_WRITTEN',
      'WARNING',
      /81.0 TiB written of 90.0 TiB .* 9.00 TiB left/,
    ],
    ['soon full', forecastOf({ days: 30 }), 'FORECAST_PROMISED', 'WARNING', /in 30.0 days .* 1.00 TiB left/],
    [
      'a report that the inventory does not bear out',
      { ...WELL, figures: { ...FIGURES, reportedBytes: 12n * TIB, mismatchedPolls: 2 } },
      'INVENTORY_MISMATCH',
      'WARNING',
      /reports 12.0 TiB promised.* the larger counts, 15.0 TiB/,
    ],
    [
      'stale',
      { ...WELL, connection: 'DISCONNECTED', figures: { ...FIGURES, observedAt: new Date(nowMs - 46_000) } },
      'STALE',
      'CRITICAL',
      /last observed 46 s ago/,
    ],
    [
      'observed before the clock was set back',
      { ...WELL, figures: { ...FIGURES, observedAt: new Date(nowMs + 46_000) } },
      'STALE',
      'CRITICAL',
      /last observed 46 s ahead of the clock/,
    ],
    [
      'never observed',
      { ...WELL, connection: 'PENDING', figures: null, createdAt: new Date(nowMs - 46_000) },
      'STALE',
      'CRITICAL',
      /not been observed in 46 s/,
    ],
    [
      'unauthorized, and nothing besides for the same cause',
      {
        ...WELL,
        connection: 'UNAUTHORIZED',
        connectionError: 'no such key',
        figures: { ...FIGURES, observedAt: new Date(0) },
      },
      'UNAUTHORIZED',
      'CRITICAL',
      /no such key/,
    ],
    [
      'a token that expires',
      { ...WELL, credentialExpiresAt: new Date(nowMs + 13.5 * DAY_MS) },
      'TOKEN_EXPIRING',
      'WARNING',
      /in 13.5 days/,
    ],
    [
      'one that expired',
      { ...WELL, credentialExpiresAt: new Date(nowMs) },
      'TOKEN_EXPIRING',
      'CRITICAL',
      /expired/,
    ],
    [
      'degraded',
      { ...WELL, health: 'WARNING', healthMessage: 'node-2 is down' },
      'DEGRADED',
      'WARNING',
      /WARNING: node-2 is down/,
    ],
    [
      'findings',
      { ...WELL, openFindings: { ...WELL.openFindings, FOREIGN: 12, CHANGED: 1 } },
      'FINDINGS_OPEN',
      'WARNING',
      /: 12 FOREIGN, 1 CHANGED$/,
    ],
    [
      'a volume that is missing',
      { ...WELL, openFindings: { ...WELL.openFindings, FOREIGN: 12, MISSING: 1 } },
      'FINDINGS_OPEN',
      'CRITICAL',
      /: 12 FOREIGN, 1 MISSING$/,
    ],
    [
      'a snapshot that is missing',
      { ...WELL, openFindings: { ...WELL.openFindings, MISSING_SNAPSHOT: 2, CHANGED: 1 } },
      'FINDINGS_OPEN',
      'CRITICAL',
      /: 2 MISSING_SNAPSHOT, 1 CHANGED$/,
    ],
    ['broken', { ...WELL, health: 'ERROR' }, 'DEGRADED', 'CRITICAL', /ERROR/],
  ])('%s', (_name, facts, kind, severity, message) => {
    expect(evaluate(facts)).toEqual([
      { type: 'RAISE', kind, severity, message: expect.stringMatching(message), isNews: true },
    ])
  })

  test.each<[string, AlertFacts]>([
    ['just below the share', promised(134n)],
    ['old figures: they say nothing', promised(150n, 0)],
    ['figures of the future: they say nothing', promised(150n, nowMs + 46_000)],
    ['a mismatch of one inventory', { ...WELL, figures: { ...FIGURES, mismatchedPolls: 1 } }],
    ['an old mismatch', { ...WELL, figures: { ...FIGURES, mismatchedPolls: 2, observedAt: new Date(0) } }],
    ['a forecast of low confidence', forecastOf({ confidence: 'LOW' })],
    ['a forecast from old figures', { ...forecastOf({}), figures: { ...FIGURES, observedAt: new Date(0) } }],
    ['a forecast beyond the days', forecastOf({ days: 31 })],
    ['a token that lasts', { ...WELL, credentialExpiresAt: new Date(nowMs + 15 * DAY_MS) }],
    ['health that nobody sees any more', { ...WELL, health: 'ERROR', connection: 'DISCONNECTED' }],
    [
      'findings of a cluster that is away',
      { ...WELL, connection: 'DISCONNECTED', openFindings: { ...WELL.openFindings, MISSING: 1 } },
    ],
    ['a cluster without capacity', { ...WELL, figures: { ...FIGURES, effectiveBytes: 0n, freeBytes: 0n } }],
  ])('nothing by %s', (_name, facts) => {
    expect(evaluate(facts).filter(({ kind }) => kind !== 'STALE')).toEqual([])
  })

  test('nothing in maintenance, until it is over', () => {
    const facts = { ...promised(140n), mutedUntil: new Date(nowMs + 1) }
    expect(evaluate(facts)).toEqual([])
    expect(evaluate(facts, [], nowMs + 1)).toHaveLength(1)
  })
})

describe('an open alert', () => {
  test.each<[string, AlertFacts, OpenAlert, readonly Partial<AlertChange>[]]>([
    ['stays within the hysteresis', promised(128n), anOpen('NEAR_FULL_PROMISED'), []],
    [
      'begins to be quiet below it',
      promised(127n),
      anOpen('NEAR_FULL_PROMISED'),
      [{ type: 'QUIET', kind: 'NEAR_FULL_PROMISED' }],
    ],
    [
      'waits',
      promised(127n),
      anOpen('NEAR_FULL_PROMISED', { quietSince: new Date(nowMs - 59 * SECOND_MS) }),
      [],
    ],
    [
      'is cleared when that lasted',
      promised(127n),
      anOpen('NEAR_FULL_PROMISED', { quietSince: new Date(nowMs - 60 * SECOND_MS) }),
      [{ type: 'CLEAR', kind: 'NEAR_FULL_PROMISED' }],
    ],
    [
      'goes on when its cause comes back, without news',
      promised(140n),
      anOpen('NEAR_FULL_PROMISED', { quietSince: NOW }),
      [{ type: 'UPDATE', isNews: false }],
    ],
    [
      'becomes worse',
      promised(151n),
      anOpen('NEAR_FULL_PROMISED'),
      [{ type: 'UPDATE', severity: 'CRITICAL', isNews: true }],
    ],
    ['is not written anew for its numbers', promised(141n), anOpen('NEAR_FULL_PROMISED'), []],
    [
      'but for those of five minutes ago, without news',
      promised(141n),
      anOpen('NEAR_FULL_PROMISED', { updatedAt: new Date(nowMs - 300_000) }),
      [{ type: 'UPDATE', isNews: false }],
    ],
    [
      'of fullness stays while nobody sees the cluster',
      { ...promised(0n, 0), connection: 'UNAUTHORIZED' },
      anOpen('NEAR_FULL_PROMISED'),
      [{ type: 'RAISE', kind: 'UNAUTHORIZED' }],
    ],
    [
      'of a refused credential stays while it is silent',
      { ...WELL, connection: 'DISCONNECTED' },
      anOpen('UNAUTHORIZED'),
      [],
    ],
    [
      'of findings becomes worse',
      { ...WELL, openFindings: { ...WELL.openFindings, FOREIGN: 1, MISSING: 1 } },
      anOpen('FINDINGS_OPEN'),
      [{ type: 'UPDATE', severity: 'CRITICAL', isNews: true }],
    ],
    [
      'of findings stays while the cluster is away',
      { ...WELL, connection: 'DISCONNECTED' },
      anOpen('FINDINGS_OPEN'),
      [],
    ],
    ['of a forecast asks for a quarter more', forecastOf({ days: 37 }), anOpen('FORECAST_PROMISED'), []],
    [
      'of a forecast is quiet beyond that',
      forecastOf({ days: 38 }),
      anOpen('FORECAST_PROMISED'),
      [{ type: 'QUIET' }],
    ],
    ['of a forecast stays between two forecasts', WELL, anOpen('FORECAST_PROMISED'), []],
    [
      'of a forecast stays when there is not enough history any more',
      forecastOf({ outcome: 'NOT_ENOUGH_HISTORY', confidence: null, days: null }),
      anOpen('FORECAST_PROMISED'),
      [],
    ],
    [
      'of a forecast stays while nobody sees the cluster',
      { ...forecastOf({ days: 38 }), figures: promised(0n, 0).figures, connection: 'UNAUTHORIZED' },
      anOpen('FORECAST_PROMISED'),
      [{ type: 'RAISE', kind: 'UNAUTHORIZED' }],
    ],
    [
      'goes with its cluster',
      { ...promised(150n), isMember: false },
      anOpen('NEAR_FULL_PROMISED'),
      [{ type: 'CLEAR' }],
    ],
    [
      'is cleared in maintenance as well',
      { ...promised(1n), mutedUntil: new Date(nowMs + 1) },
      anOpen('NEAR_FULL_PROMISED', { quietSince: new Date(0) }),
      [{ type: 'CLEAR' }],
    ],
  ])('%s', (_name, facts, open, expected) => {
    expect(evaluate(facts, [open])).toMatchObject(expected)
    expect(evaluate(facts, [open])).toHaveLength(expected.length)
  })
})

/** Lets the alert live as the store does, one evaluation every ten seconds. */
function follow(fillings: readonly bigint[]) {
  let open: OpenAlert | null = null
  let raised = 0
  let atMs = nowMs
  for (const tebibytes of fillings) {
    atMs += 10 * SECOND_MS
    for (const change of evaluate(promised(tebibytes, atMs), open ? [open] : [], atMs)) {
      if (change.type === 'RAISE') raised++
      if ('severity' in change)
        open = anOpen(change.kind, { severity: change.severity, updatedAt: new Date(atMs) })
      else open = change.type === 'QUIET' ? anOpen(change.kind, { quietSince: new Date(atMs) }) : null
    }
  }
  return { raised, isOpen: open !== null }
}

describe('what flaps is one alert', () => {
  test('around the threshold, and far beyond the hysteresis', () => {
    expect(follow(Array.from({ length: 500 }, (_, n) => (n % 2 ? 134n : 136n)))).toMatchObject({ raised: 1 })
    expect(follow(Array.from({ length: 500 }, (_, n) => (n % 5 ? 10n : 149n)))).toMatchObject({ raised: 1 })
  })

  test('whatever the fillings: no more often than they could have cleared, and open at the end when full', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 160n), { maxLength: 300 }), (fillings) => {
        const { raised, isOpen } = follow(fillings)
        // A minute of quiet lies between two alerts: seven evaluations.
        expect(raised).toBeLessThanOrEqual(Math.ceil(fillings.length / 8))
        const last = fillings.at(-1)
        if (last !== undefined && last >= 135n) expect(isOpen).toBe(true)
        if (fillings.length >= 8 && fillings.slice(-8).every((each) => each < 127n))
          expect(isOpen).toBe(false)
      }),
    )
  })
})
