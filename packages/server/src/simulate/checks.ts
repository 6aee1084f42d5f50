import { ConfigError } from '../config.ts'

const TIMEOUT_MS = 5000
/** An address on the internet: only a request believed to come from there is kept from the details of /readyz. */
const OUTSIDE = '8.8.8.8'

/** Makes sure that visits can begin. Throws ConfigError, one line, for the first thing that is not right. */
export async function checkServer(base: URL, key: string, postbackKey: string): Promise<void> {
  const ready = await ask(base, '/readyz')
  if (ready.status === 0)
    throw new ConfigError(`No Trackyard answers at ${base.origin}. Start it with npm start, or give its --url.`)
  if (ready.status !== 200 || !ready.body.includes('"ready"'))
    throw new ConfigError(
      `What answers at ${base.origin} is not ready, or no Trackyard: /readyz says ${ready.status} ${ready.body.slice(0, 100)}`,
    )
  const campaigns = await ask(base, '/admin_api/v1/campaigns?limit=1', { 'api-key': key })
  if (campaigns.status === 401 || campaigns.status === 403)
    throw new ConfigError(
      'The Admin API key is not accepted: --key. A new one is made by: npx trackyard keys create simulate',
    )
  if (campaigns.status !== 200)
    throw new ConfigError(`The Admin API answers ${campaigns.status} ${campaigns.body.slice(0, 200)}`)
  // Refused for the sub id that is missing, where the key is right; its line in the postback log says who asked.
  const postback = await ask(base, `/${encodeURIComponent(postbackKey)}/postback?from=simulate-check`)
  if (postback.status !== 400)
    throw new ConfigError(
      'The postback key is wrong: --postback-key. It is the first part of the postback address that is printed at start.',
    )
}

/** False when the server takes this machine's address for that of every visitor; null when it cannot be told. */
export async function isForwardedAddressBelieved(base: URL): Promise<boolean | null> {
  const isFull = ({ body }: Answer): boolean => body.includes('"tracker"')
  if (!isFull(await ask(base, '/readyz'))) return null
  return !isFull(await ask(base, '/readyz', { 'x-forwarded-for': OUTSIDE }))
}

interface Answer {
  /** 0 when there is none. */
  readonly status: number
  readonly body: string
}

async function ask(base: URL, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await fetch(new URL(path, base), { method, headers, signal, redirect: 'manual' })
    return { status: answer.status, body: await answer.text() }
  } catch {
    return { status: 0, body: '' }
  }
}
