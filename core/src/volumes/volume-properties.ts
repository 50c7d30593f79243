/** What a volume has besides its size, and a cluster can be asked to change while it is in use. */
export interface VolumeProperties {
  readonly compression: boolean
  readonly labels: Readonly<Record<string, string>>
}
