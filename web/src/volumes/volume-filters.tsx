import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useFleet } from '../fleet/use-fleet.ts'
import { useVolumesSearch } from './use-volumes-search.ts'
import styles from './volume-filters.module.css'
import { VOLUME_STATE_WORDS } from './volume-state.tsx'
import { VOLUME_STATES, type VolumesSearch } from './volumes-search.ts'

const TYPING_PAUSE_MS = 250

/** Narrows the list; each filter is a part of the address. */
export function VolumeFilters() {
  const { search, narrow } = useVolumesSearch()
  const { q = '', state = '', cluster = '' } = search
  const { clusters } = useFleet()
  const [text, setText] = useState(q)
  useEffect(() => setText(q), [q])

  const filterByText = useDebouncedCallback(
    (value: string) => narrow({ q: value || undefined }),
    TYPING_PAUSE_MS,
  )

  return (
    <search className={styles.filters}>
      <TextInput
        type="search"
        label="Name"
        placeholder="Any"
        leftSection={<Search size={15} aria-hidden="true" />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          filterByText(event.currentTarget.value)
        }}
      />
      <NativeSelect
        label="State"
        data={[
          { value: '', label: 'All but deleted' },
          ...VOLUME_STATES.map((value) => ({ value, label: VOLUME_STATE_WORDS[value] })),
        ]}
        value={state}
        onChange={(event) => narrow({ state: readState(event.currentTarget.value) })}
      />
      <NativeSelect
        label="Cluster"
        data={[{ value: '', label: 'Any' }, ...clusters.map(({ id, name }) => ({ value: id, label: name }))]}
        value={cluster}
        onChange={(event) => narrow({ cluster: event.currentTarget.value || undefined })}
      />
      {(q || state || cluster) && (
        <Button
          variant="subtle"
          onClick={() => narrow({ q: undefined, state: undefined, cluster: undefined })}
        >
          Clear filters
        </Button>
      )}
    </search>
  )
}

function readState(value: string): VolumesSearch['state'] {
  return VOLUME_STATES.find((state) => state === value)
}
