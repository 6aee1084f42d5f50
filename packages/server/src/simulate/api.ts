import type { ApiCall } from './sample-campaigns.ts'

/** The Admin API of a running instance. */
export function apiOf(base: URL, key: string): ApiCall {
  return async (method, path, body) => {
    const response = await fetch(new URL(`/admin_api/v1${path}`, base), {
      method,
      headers: { 'Api-Key': key, 'Api-Dialect': 'modern', 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
}
