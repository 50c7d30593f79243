import { expect, it } from 'vitest'
import { driverFor, driverKinds } from './driver-registry.ts'

it('gives the driver of each kind it lists', () => {
  expect(driverKinds.map((kind) => driverFor(kind).kind)).toEqual(driverKinds)
})

it('refuses an unknown kind and names those it knows', () => {
  expect(() => driverFor('tape')).toThrow('no driver for clusters of kind "tape"; known: lightos')
})
