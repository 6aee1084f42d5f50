import { isPrivateAddress } from '../../outgoing/private-addresses.ts'
import type { Network, ProbeTarget } from './probe.ts'

/** What a check found; the texts are empty when the domain works. */
export interface Finding {
  readonly network_status: 'active' | 'error'
  readonly error_description: string
  readonly error_solution: string
}

export interface CheckOptions {
  readonly allowPrivateTargets: boolean
  /** Port of the tracker itself, for installations without a web server in front. */
  readonly ownPort: number
}

const HEALTHY = 'ok'

/** Whether visitors who open a host name reach a Trackyard: a DNS look-up, then a request to its `/healthz`. */
export async function checkDomain(host: string, options: CheckOptions, network: Network): Promise<Finding> {
  let addresses: readonly string[]
  try {
    addresses = await network.resolve(host)
  } catch (error) {
    return failure(
      `The name ${host} cannot be resolved: ${reasonOf(error)}.`,
      'Add an A or AAAA record with the address of this server at the DNS provider. It may take an hour to be seen.',
    )
  }
  const allowed = addresses.filter((address) => options.allowPrivateTargets || !isPrivateAddress(address))
  const [address] = allowed
  if (address === undefined) {
    return failure(
      `The name ${host} points to a private address (${addresses.join(', ')}).`,
      'Point it to the public address of this server, or set TRACKYARD_ALLOW_PRIVATE_TARGETS=true if visitors are on that network.',
    )
  }
  const refusals: string[] = []
  for (const { protocol, port } of placesOf(options.ownPort)) {
    const finding = await probe({ protocol, host, address, port }, network)
    if (finding === null) return { network_status: 'active', error_description: '', error_solution: '' }
    refusals.push(`port ${port}: ${finding}`)
  }
  return failure(
    `The name ${host} points to ${address}, but no Trackyard answers there (${refusals.join('; ')}).`,
    'Check that the record has the address of this server, that ports 80 and 443 are open, and that the web server in front passes the host on.',
  )
}

const placesOf = (ownPort: number): readonly Pick<ProbeTarget, 'protocol' | 'port'>[] => [
  { protocol: 'http', port: 80 },
  { protocol: 'https', port: 443 },
  ...(ownPort === 80 || ownPort === 443 || ownPort === 0 ? [] : [{ protocol: 'http' as const, port: ownPort }]),
]

/** Null when a Trackyard answers. */
async function probe(target: ProbeTarget, network: Network): Promise<string | null> {
  try {
    const { status, body } = await network.probe(target)
    if (status === 200 && body.trim() === HEALTHY) return null
    return status === 200 ? 'another site answers' : `status ${status}`
  } catch (error) {
    return reasonOf(error)
  }
}

const failure = (error_description: string, error_solution: string): Finding => ({
  network_status: 'error',
  error_description: error_description.slice(0, 1000),
  error_solution,
})

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOTFOUND') return 'there is no such name'
  if (code === 'ECONNREFUSED') return 'the connection is refused'
  if (error.name === 'TimeoutError' || code === 'ABORT_ERR') return 'no answer in time'
  return code || error.message
}
