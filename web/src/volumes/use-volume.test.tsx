import { act, cleanup, render, renderHook, screen, waitFor } from '@testing-library/react'
import { Provider } from 'urql'
import { afterEach, expect, test } from 'vitest'
import { apiVolume } from '../../test/api-volume.ts'
import { startClient } from '../../test/start-client.ts'
import { useVolume } from './use-volume.ts'
import { WantedAndObserved } from './wanted-and-observed.tsx'

afterEach(cleanup)

test('what events do not carry is asked for with each new state, once', async () => {
  let volume = apiVolume({ state: 'CREATING' })
  let requestCount = 0
  const { client, push } = startClient(() => {
    requestCount += 1
    return { volume }
  })
  const { result } = renderHook(() => useVolume('vol_a'), {
    wrapper: ({ children }) => <Provider value={client}>{children}</Provider>,
  })
  await waitFor(() => expect(result.current.volume?.state).toBe('CREATING'))
  expect(requestCount).toBe(1)

  volume = apiVolume({
    state: 'AVAILABLE',
    clusterName: 'b',
    backendId: 'b-1',
    updatedAt: '2026-11-22T09:00:01.000Z',
  })
  act(() => push({ __typename: 'VolumeChanged', cursor: '1', volume }))
  await waitFor(() => expect(result.current.volume?.backendId).toBe('b-1'))
  expect(result.current.volume?.cluster.name).toBe('b')
  expect(result.current.volume?.placementDecision?.cluster?.name).toBe('b')

  act(() => push({ __typename: 'VolumeChanged', cursor: '2', volume }))
  expect(requestCount).toBe(2)
})

test('an answer that an event has overtaken is not what stays', async () => {
  const first = apiVolume({ state: 'CREATING' })
  const second = apiVolume({ state: 'AVAILABLE', updatedAt: '2026-11-22T09:00:01.000Z' })
  const third = apiVolume({ state: 'RESIZING', updatedAt: '2026-11-22T09:00:02.000Z' })
  const late = Promise.withResolvers<object>()
  const answers: (object | Promise<object>)[] = [{ volume: first }, late.promise]
  const { client, push } = startClient(() => answers.shift() ?? { volume: third })
  const { result } = renderHook(() => useVolume('vol_a'), {
    wrapper: ({ children }) => <Provider value={client}>{children}</Provider>,
  })
  await waitFor(() => expect(result.current.volume?.state).toBe('CREATING'))
  act(() => push({ __typename: 'VolumeChanged', cursor: '1', volume: second }))
  await waitFor(() => expect(answers).toHaveLength(0))
  act(() => push({ __typename: 'VolumeChanged', cursor: '2', volume: third }))
  await act(async () => late.resolve({ volume: second }))
  await new Promise((resolve) => setTimeout(resolve, 50))
  await waitFor(() => expect(result.current.volume?.state).toBe('RESIZING'))
})

test('a volume that is being deleted, or is gone, is not wanted any more', async () => {
  const { client, push } = startClient(() => ({
    volume: apiVolume({ state: 'DELETING', protection: 'FullyProtected' }),
  }))
  render(
    <Provider value={client}>
      <Shown />
    </Provider>,
  )
  await waitFor(() => expect(row('State')).toEqual(['deleted', 'available']))
  expect(row('Replicas')).toEqual(['2', 'fully protected'])
  act(() => push({ __typename: 'VolumeChanged', cursor: '1', volume: apiVolume({ state: 'DELETED' }) }))
  await screen.findByText('DELETED')
  expect(row('State')).toEqual(['deleted', 'not observed'])
})

function Shown() {
  const { volume } = useVolume('vol_a')
  if (!volume) return null
  return (
    <>
      <p>{volume.state}</p>
      <WantedAndObserved volume={volume} />
    </>
  )
}

/** What is wanted of a property, and what was observed. */
function row(property: string): (string | null)[] {
  const cells = screen.getByRole('row', { name: new RegExp(`^${property}`) }).querySelectorAll('td')
  return Array.from(cells, (cell) => cell.textContent)
}
