import { useQuery } from 'urql'
import { ViewerDocument } from './session-context.ts'

/** Whether the person may change anything. What a viewer cannot do is not offered; the API refuses it anyway. */
export function useCanOperate(): boolean {
  const [{ data }] = useQuery({ query: ViewerDocument, requestPolicy: 'cache-first' })
  return data !== undefined && data.viewer.role !== 'VIEWER'
}
