import { describe, expect, it } from 'vitest'
import { wireLabels } from './labels.ts'

describe('wireLabels', () => {
  it.each([
    ['cost-center', 'costCenter'],
    ['app.kubernetes.io/name', 'appKubernetesIoName'],
    ['-leading', 'leading'],
    ['trailing-', 'trailing'],
    ['plain', 'plain'],
  ])('writes key %s without separators as %s', (key, wireKey) => {
    expect(wireLabels({ [key]: 'x' })).toEqual([{ key: wireKey, value: 'x' }])
  })

  it('keeps what a value may contain and replaces the rest', () => {
    expect(wireLabels({ a: 'x-1_2.3 ä' })).toEqual([{ key: 'a', value: 'x-1_2.3__' }])
  })

  it('leaves out what is empty, collides or goes beyond sixteen', () => {
    expect(wireLabels({ '---': 'x', a: '' })).toEqual([])
    expect(wireLabels({ 'a-b': 'first', 'a.b': 'second' })).toEqual([{ key: 'aB', value: 'first' }])
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, 'v']))
    expect(wireLabels(many)).toHaveLength(16)
  })
})
