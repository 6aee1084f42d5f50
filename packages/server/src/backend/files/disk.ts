import { fail, problem, type Result } from '@trackyard/core/result.ts'

const OUT_OF_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'])

/** Work that writes files. A disk that takes no more is nobody's bug: it is told to the client, and nothing changed. */
export async function onDisk<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !OUT_OF_SPACE.has(String(error.code))) throw error
    const code = String(error.code)
    return fail(
      problem('unavailable', `The files cannot be written (${code}): make room in the data directory and try again.`),
    )
  }
}
