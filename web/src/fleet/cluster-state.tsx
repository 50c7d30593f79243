import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleOff,
  KeyRound,
  LoaderCircle,
  OctagonAlert,
  TriangleAlert,
} from 'lucide-react'
import { Age } from '../figures/age.tsx'
import { StateWord } from '../figures/state-word.tsx'
import type { Cluster } from './cluster-fields.ts'
import styles from './cluster-state.module.css'

const CONNECTION_LOOKS = {
  PENDING: { word: 'Connecting', tone: 'busy', icon: LoaderCircle },
  DISCONNECTED: { word: 'Disconnected', tone: 'bad', icon: CircleOff },
  UNAUTHORIZED: { word: 'Not authorized', tone: 'bad', icon: KeyRound },
  QUARANTINED: { word: 'Quarantined', tone: 'warn', icon: OctagonAlert },
} as const

const HEALTH_LOOKS = {
  OK: { word: 'Healthy', tone: 'ok', icon: CircleCheck },
  WARNING: { word: 'Warning', tone: 'warn', icon: TriangleAlert },
  ERROR: { word: 'Error', tone: 'bad', icon: CircleAlert },
  UNKNOWN: { word: 'Health unknown', tone: 'idle', icon: CircleDashed },
} as const

/** What we see of a cluster: its health while connected, else what is wrong with the connection, and why. */
export function ClusterState({ cluster }: { readonly cluster: Cluster }) {
  const { connection, health } = cluster
  const isConnected = connection === 'CONNECTED'
  const reason = isConnected ? cluster.healthMessage : cluster.connectionError

  return (
    <div className={styles.state}>
      <StateWord {...(isConnected ? HEALTH_LOOKS[health] : CONNECTION_LOOKS[connection])} />
      <span className={styles.note}>
        {isConnected ? 'connected' : 'for'} <Age since={cluster.connectionSince} />
      </span>
      {reason && (
        <span className={styles.reason} title={reason}>
          {reason}
        </span>
      )}
    </div>
  )
}
