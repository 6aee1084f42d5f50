import { startYard, type Yard } from '../harness.ts'
import { createCampaign } from '../sample.ts'

/** A Trackyard with one click and one conversion. `visited` is the id of their campaign. */
export async function startVisitedYard(): Promise<{ yard: Yard; visited: number }> {
  // n8n listens on this machine.
  const yard = await startYard({ env: { TRACKYARD_ALLOW_PRIVATE_TARGETS: 'true' } })
  const visited = await createCampaign(yard, 'visited', [
    { schema: 'redirect', action_type: 'http', action_payload: 'https://shop.example/?c={subid}' },
  ])
  await visit(yard, 'visited')
  return { yard, visited }
}

/** A visitor comes, converts, and both are stored. Answers the id of the click. */
export async function visit(yard: Yard, alias: string, status = 'sale'): Promise<string> {
  const { location } = await yard.send(`/${alias}?keyword=tea`, {
    headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36' },
  })
  const subid = new URL(location).searchParams.get('c') ?? ''
  await yard.postback({ subid, status, payout: '10' })
  await yard.waitUntilStored()
  return subid
}
