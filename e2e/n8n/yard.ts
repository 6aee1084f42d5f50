import { startYard, type Yard } from '../harness.ts'
import { createCampaign } from '../sample.ts'

/** A Trackyard with one click and one conversion. `visited` is the id of their campaign, `subid` that of the click. */
export async function startVisitedYard(): Promise<{ yard: Yard; visited: number; subid: string }> {
  // n8n listens on this machine.
  const yard = await startYard({ env: { TRACKYARD_ALLOW_PRIVATE_TARGETS: 'true' } })
  const visited = await createCampaign(yard, 'visited', [
    { schema: 'redirect', action_type: 'http', action_payload: 'https://shop.example/?c={subid}' },
  ])
  return { yard, visited, subid: await visit(yard, 'visited') }
}

/** A visitor comes, converts, and both are stored. Answers the id of the click. */
export async function visit(yard: Yard, alias: string, status = 'sale'): Promise<string> {
  const subid = await click(yard, alias)
  await convert(yard, subid, status)
  return subid
}

/** A visitor comes. Answers the id of the click. */
export async function click(yard: Yard, alias: string): Promise<string> {
  const { location } = await yard.send(`/${alias}?keyword=tea`, {
    headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36' },
  })
  await yard.waitUntilStored()
  return new URL(location).searchParams.get('c') ?? ''
}

/** A network tells of a conversion of the click, or that its status changed. */
export async function convert(yard: Yard, subid: string, status: string): Promise<void> {
  await yard.postback({ subid, status, payout: '10' })
  await yard.waitUntilStored()
}
