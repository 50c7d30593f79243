/** Who asks: the name of the token, kept on the operation and in the audit trail. */
export interface Actor {
  readonly name: string
}
