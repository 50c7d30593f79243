import { expect, it } from 'vitest'
import { LOAD_KINDS } from './load-kinds.ts'
import { readMix } from './options.ts'

it('a mix changes the shares that it names, and leaves the others out when told so', () => {
  expect(readMix('create=40,delete=0').get('create')).toBe(40)
  expect(readMix('create=40,delete=0').get('delete')).toBe(0)
  expect(readMix('create=40').get('resize')).toBe(LOAD_KINDS.find(({ name }) => name === 'resize')?.share)
  expect([...readMix('only,create=7')].filter(([, share]) => share > 0)).toEqual([['create', 7]])
})

it.each([
  ['fly=1', /"fly" is no kind of request; allowed are create, /],
  ['create=-1', /--mix: create: "-1" is not allowed/],
  ['create', /--mix: create: "" is not allowed/],
  ['only', /leaves nothing to ask for/],
])('the mix "%s" is refused', (text, message) => {
  expect(() => readMix(text)).toThrow(message)
})

it('no two kinds have one name', () => {
  expect(new Set(LOAD_KINDS.map(({ name }) => name)).size).toBe(LOAD_KINDS.length)
})
