import { formatAge, formatDateTime } from '../format/format-age.ts'
import { useNow } from './use-now.ts'

/** How long ago something was, ticking; the moment itself on hover. */
export function Age({ since }: { readonly since: string }) {
  const elapsedMs = useNow() - Date.parse(since)
  return (
    <time dateTime={since} title={formatDateTime(since)}>
      {formatAge(elapsedMs)}
    </time>
  )
}
