import { expect, test } from 'vitest'
import { nvmeNameFault } from './nvme-name.ts'

const UUID = '01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'

test.each([
  [`nqn.2014-08.org.nvmexpress:uuid:${UUID}`],
  ['nqn.2019-09.com.lightbitslabs:host:node-1.rack_2'],
  [`nqn.2016-01.com.lightbitslabs:${'x'.repeat(193)}`],
])('%s is one', (name) => {
  expect(nvmeNameFault(name)).toBeNull()
})

test.each([
  ['', 'is empty'],
  ['iqn.2019-09.com.example:host', 'no NVMe qualified name'],
  ['nqn.2019-13.com.example:host', 'no NVMe qualified name'],
  ['nqn.2019-09.com.example', 'no NVMe qualified name'],
  ['nqn.2019-09.com.example:', 'no NVMe qualified name'],
  ['nqn.2019-09.com.example:a b', 'no NVMe qualified name'],
  ['nqn.2019-09.com.example:$(reboot)', 'no NVMe qualified name'],
  ['nqn.2019-09.com.example:a\n', 'no NVMe qualified name'],
  ['ALLOW_ANY', 'no NVMe qualified name'],
  ['nqn.2014-08.org.nvmexpress:uuid:1234', 'no UUID'],
  [`nqn.2016-01.com.lightbitslabs:${'x'.repeat(194)}`, 'has 224 characters'],
])('%j is none', (name, fault) => {
  expect(nvmeNameFault(name)).toContain(fault)
})
