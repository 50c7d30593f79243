/** A line where a figure is larger than it may be, none where it is not. */
export function pastBound(what: string, seconds: number, atMost: number | undefined): string[] {
  return atMost === undefined || seconds <= atMost
    ? []
    : [`${what} ${seconds.toFixed(1)} s, and may take ${atMost}`]
}
