import { statSync } from 'node:fs'

/**
 * Says once that a file has changed, when two looks running found the same new one: files are often written over in
 * place, and a half of one is no use. Looking works on every file system, being notified does not.
 */
export function watchSettled(path: string): () => boolean {
  let taken = stampOf(path)
  let last = taken
  return () => {
    const now = stampOf(path)
    const isSettled = now !== '' && now !== taken && now === last
    last = now
    if (isSettled) taken = now
    return isSettled
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.ino}:${stat.mtimeMs}:${stat.size}` : ''
}
