/** The gRPC status names that the simulated API answers with. */
export type RefusalCode =
  | 'InvalidArgument'
  | 'NotFound'
  | 'AlreadyExists'
  | 'PermissionDenied'
  | 'ResourceExhausted'
  | 'FailedPrecondition'
  | 'Unimplemented'
  | 'Unavailable'
  | 'Unauthenticated'

/** A request that the cluster understood and turns down; the HTTP shell makes the error answer of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}
