/** Nobody would end a process whose supervisor is gone and that cannot finish, so it ends itself. */
const ORPHAN_GRACE_MS = 8000

/** Resolves when the process is asked to stop: by signal, or because the supervisor is gone. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
    process.once('SIGHUP', () => resolve())
    process.once('disconnect', () => {
      setTimeout(() => process.exit(1), ORPHAN_GRACE_MS).unref()
      resolve()
    })
  })
}

/** Tells the supervisor, if there is one, that this process does its work. */
export function tellReady(message: {
  readonly port?: number
  readonly setupPath?: string | null
  readonly postbackPath?: string
}): void {
  process.send?.({ type: 'ready', ...message })
}
