import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { waitUntil } from '../testkit/wait-until.ts'
import { childrenOf, isGone, killTree } from './process-tree.ts'

// Only Linux tells of its processes there; elsewhere the benchmark leaves out the row that needs it.
test.skipIf(!existsSync('/proc/self/stat'))(
  'a process is killed with those that left its group, and nobody is asked',
  async () => {
    const parent = spawn('/bin/sh', ['-c', `trap '' TERM INT; setsid sh -c 'sleep 60; :' & wait`], {
      stdio: 'ignore',
    })
    const pid = parent.pid ?? 0
    const [child = 0] = await waitUntil('a child', () => childrenOf(pid).length > 0 && childrenOf(pid))
    const [grandchild = 0] = await waitUntil(
      'its child',
      () => childrenOf(child).length > 0 && childrenOf(child),
    )
    await killTree(pid)
    expect([pid, child, grandchild].map(isGone)).toEqual([true, true, true])
    await expect(killTree(grandchild)).rejects.toThrow('is not in /proc')
  },
)
