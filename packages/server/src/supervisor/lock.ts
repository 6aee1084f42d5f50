import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'

/**
 * One Trackyard to a data directory: two would write over each other's spool. The lock is a listening socket, which
 * the kernel lets go of however the holder ends. Resolves to a release function, or null when somebody else holds it.
 */
export async function takeLock(path: string): Promise<(() => void) | null> {
  if (await isAnswering(path)) return null
  rmSync(path, { force: true })
  const server = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(() => server.close()))
  })
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
