import { CLUSTER_KINDS } from '@flotilla/core/clusters/cluster-kinds'
import { expect, it } from 'vitest'
import { driverFor, driverKinds } from './driver-registry.ts'

it('gives the driver of each kind it lists', () => {
  expect(driverKinds.map((kind) => driverFor(kind).kind)).toEqual(driverKinds)
})

it('has a driver for every kind of which it is said what it can do, and for no other', () => {
  expect(driverKinds).toEqual([...CLUSTER_KINDS.keys()])
})

it('refuses an unknown kind and names those it knows', () => {
  expect(() => driverFor('tape')).toThrow('no driver for clusters of kind "tape"; known: lightos')
})
