import { request } from 'node:http'
import type { SpawnedStore } from '../../packages/server/src/store/spawn-store.ts'

/** Statements straight to a store's front, past the client: for baselines and for what only benchmarks do. */
export function sqlOf(
  store: Pick<SpawnedStore, 'socketPath' | 'password'>,
  database: string,
): (text: string) => Promise<string> {
  return (text) =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          socketPath: store.socketPath,
          path: `/?database=${database}`,
          method: 'POST',
          headers: { 'X-ClickHouse-Key': store.password },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const answer = Buffer.concat(chunks).toString()
            if (response.statusCode === 200) resolve(answer)
            else reject(new Error(answer))
          })
        },
      )
      sent.on('error', reject)
      sent.end(text)
    })
}
