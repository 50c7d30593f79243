import type { ReactNode } from 'react'
import { Age } from '../figures/age.tsx'
import { Bytes } from '../figures/bytes.tsx'
import type { VolumeDetail } from './volume-documents.ts'
import styles from './wanted-and-observed.module.css'

/** Side by side what was asked for and what the cluster last reported; differences stand out. */
export function WantedAndObserved({ volume }: { readonly volume: VolumeDetail }) {
  const { observed } = volume
  const unknown = volume.state === 'CREATING' ? 'not observed yet' : 'not observed'
  const isOtherSize = observed !== null && observed.sizeBytes !== volume.sizeBytes
  return (
    <>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Property</th>
            <th scope="col">Wanted</th>
            <th scope="col">
              Observed{' '}
              {observed && (
                <span className={styles.age}>
                  <Age since={observed.observedAt} /> ago
                </span>
              )}
            </th>
          </tr>
        </thead>
        <tbody>
          <Row
            name="Size"
            wanted={<Bytes value={volume.sizeBytes} />}
            observed={observed && <Bytes value={observed.sizeBytes} />}
            unknown={unknown}
            differs={isOtherSize}
          />
          <Row
            name="State"
            wanted={wantedState(volume.state)}
            observed={observed?.state && inWords(observed.state)}
            unknown={unknown}
          />
          <Row
            name="Replicas"
            wanted={volume.replicas}
            observed={observed?.protection && inWords(observed.protection)}
            unknown={unknown}
          />
        </tbody>
      </table>
      <dl className={styles.facts}>
        <Fact term="Project">{volume.project}</Fact>
        <Fact term="Name on the cluster">
          <code>{volume.backendName}</code>
        </Fact>
        <Fact term="Id on the cluster">
          {volume.backendId ? (
            <code>{volume.backendId}</code>
          ) : (
            `not known${volume.state === 'CREATING' ? ' yet' : ''}`
          )}
        </Fact>
        <Fact term="Id">
          <code>{volume.id}</code>
        </Fact>
        <Fact term="Compression">{volume.compression ? 'on' : 'off'}</Fact>
        <Fact term="Created">
          <Age since={volume.createdAt} /> ago
        </Fact>
      </dl>
    </>
  )
}

/** What is worked towards: a deletion that its cluster has not confirmed yet is wanted all the same. */
function wantedState(state: VolumeDetail['state']): string {
  if (state === 'DELETING' || state === 'DELETED') return 'deleted'
  return state === 'RELEASED' ? 'left as it is' : 'available'
}

/** A cluster's own word, as `FullyProtected`, for people. */
function inWords(word: string): string {
  return word.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
}

interface RowProps {
  readonly name: string
  readonly wanted: ReactNode
  /** Nothing when the cluster has not reported it. */
  readonly observed: ReactNode
  readonly unknown: string
  readonly differs?: boolean
}

function Row({ name, wanted, observed, unknown, differs = false }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{wanted}</td>
      <td data-differs={differs || undefined}>
        {observed ?? <span className={styles.age}>{unknown}</span>}
        {differs && ' (differs)'}
      </td>
    </tr>
  )
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}
