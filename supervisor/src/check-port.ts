import { once } from 'node:events'
import { createServer } from 'node:net'

/** Throws, saying which setting to change, when the server will not be able to listen there. */
export async function checkPort(host: string, port: number): Promise<void> {
  const probe = createServer()
  try {
    probe.listen(port, host)
    await once(probe, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') throw new Error(`port ${port} of ${host} is in use; set PORT to another`)
    if (code === 'EACCES')
      throw new Error(`port ${port} may not be used by this user; set PORT to one above 1023`)
    throw new Error(`cannot listen on ${host}; set HOST to an address of this machine (${code ?? error})`)
  } finally {
    await new Promise((done) => probe.close(done))
  }
}
