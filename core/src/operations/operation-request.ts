/** The input of a command as it is kept on record: without its key, bytes as decimal strings, nothing absent. */
export type OperationRequest = Readonly<Record<string, unknown>>

/** What is not asked for again: the key is another one then, and so is the revision. */
const LEFT_OUT = ['idempotencyKey', 'expectedRevision']

export function toRequest(input: object): OperationRequest {
  const kept = Object.entries(input).filter(
    ([field, value]) => value !== undefined && !LEFT_OUT.includes(field),
  )
  return Object.fromEntries(
    kept.map(([field, value]) => [field, typeof value === 'bigint' ? String(value) : value]),
  )
}

/**
 * The input again, as far as it was kept.
 *
 * @param Input the command's, without its key; what it says is believed, because only `toRequest` writes these records
 */
export function readRequest<Input extends object>(request: OperationRequest): Input {
  const { sizeBytes, ...rest } = request
  return (sizeBytes === undefined ? rest : { ...rest, sizeBytes: BigInt(String(sizeBytes)) }) as Input
}
