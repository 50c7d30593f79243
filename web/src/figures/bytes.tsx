import { formatBytes, formatExactBytes, parseBytes } from '../format/format-bytes.ts'

/** An amount of storage in three significant digits; the exact bytes on hover and in the markup. */
export function Bytes({ value }: { readonly value: string }) {
  const bytes = parseBytes(value)
  return (
    <data value={value} title={formatExactBytes(bytes)}>
      {formatBytes(bytes)}
    </data>
  )
}
