/** What a foreign key refers to. That it is gone would be a fault of ours, not of the caller. */
export async function existing<T>(loading: Promise<T | null>, id: string): Promise<T> {
  const found = await loading
  if (found === null) throw new Error(`${id} is referred to and does not exist`)
  return found
}
