import { loadPeople } from '../../packages/server/src/simulate/people.ts'
import { createRandom } from '../../packages/server/src/simulate/random.ts'

/** One request of one visitor. */
export interface Visit {
  readonly url: string
  /** Names in lower case, as node:http gives them. */
  readonly headers: Readonly<Record<string, string>>
}

/** Makes visit after visit, each of another visitor: address, user agent and language as in real traffic. */
export function createVisitors(alias: string, seed: number): () => Visit {
  const random = createRandom(seed)
  // Whatever the seed, visitors come from the same networks, as those of a running campaign do.
  const people = loadPeople(createRandom(1))
  let sent = 0
  return () => {
    const { ip, userAgent, language } = people.next(random)
    const nr = sent++
    const externalId = `${random.integer(0, 2 ** 32).toString(36)}-${nr}`
    return {
      url: `/${alias}?keyword=running+shoes+${nr % 500}&cost=0.0${10 + (nr % 80)}&external_id=${externalId}&source=site${nr % 3000}&creative_id=${nr % 40}&ad_campaign_id=${nr % 15}&sub_id_1=a${nr % 300}&sub_id_2=b${nr % 20}`,
      headers: {
        host: 'go.example.com',
        'user-agent': userAgent,
        accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
        'accept-language': language || 'en',
        referer: `https://site${nr % 3000}.example/page`,
        'x-forwarded-for': ip,
      },
    }
  }
}
