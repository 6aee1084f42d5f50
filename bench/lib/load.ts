import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type LoadOrder, type LoadResult, loadResult } from './load-generator.ts'

export interface LoadGenerator {
  run(order: LoadOrder): Promise<LoadResult>
  close(): void
}

/** Starts the process that plays the visitors. Rejects a run when it dies. */
export function startLoadGenerator(): LoadGenerator {
  const child = fork(fileURLToPath(new URL('./load-generator.ts', import.meta.url)), { execArgv: [] })
  return {
    run: (order) =>
      new Promise((resolve, reject) => {
        const onExit = (code: number | null): void => reject(new Error(`the load generator ended with code ${code}`))
        child.once('exit', onExit)
        child.once('message', (message) => {
          child.off('exit', onExit)
          resolve(loadResult.parse(message))
        })
        child.send(order)
      }),
    close: () => child.disconnect(),
  }
}
