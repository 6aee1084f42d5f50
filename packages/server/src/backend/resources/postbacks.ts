import { splitList } from '@trackyard/core/entities/postback.ts'
import type { Resource } from './resource.ts'

export const postbacks: Resource<'postbacks'> = {
  kind: 'postbacks',
  example: { name: 'Sales to the CRM', url: 'https://crm.example/hook?id={subid}&sum={revenue}', trigger: 'sales' },
  hidesArchived: true,
  verbs: [],
  serverFields: ['state'],
  shown: { hidden: ['state'] },
  /** Names that forms of clients use. */
  aliases: { http_method: 'method', retry_count: 'retries', postback_key: 'key', parameters: 'params' },
  /** Nothing belongs to a postback, so nothing is left behind. */
  beforeRemoval: async () => {},
  async doubts({ campaigns }, { writer }) {
    const ids = splitList(campaigns).map(Number)
    const known = new Set((await writer.getMany('campaigns', ids)).map(({ id }) => id))
    const missing = ids.filter((id) => !known.has(id))
    return missing.length > 0 ? [`campaigns: there is no campaign ${missing.join(', ')}.`] : []
  },
  extras: async () => () => ({ state: undefined }),
}
