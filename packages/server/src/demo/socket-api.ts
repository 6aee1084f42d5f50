import { request } from 'node:http'
import type { ApiCall } from '../simulate/sample-campaigns.ts'

/** The Admin API over the backend's own socket, while no tracker is in front of it. */
export function socketApi(socketPath: string, key: string): ApiCall {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          socketPath,
          method,
          path: `/admin_api/v1${path}`,
          headers: { 'api-key': key, 'api-dialect': 'modern', 'content-type': 'application/json' },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.once('error', reject)
          response.once('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            if (response.statusCode === 200) resolve(text === '' ? null : JSON.parse(text))
            else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))
          })
        },
      )
      sent.once('error', reject)
      sent.end(body === undefined ? '' : JSON.stringify(body))
    })
}
