import { statusWordsOf, WORD_LISTS, type WordLists } from '@trackyard/core/conversion/status-words.ts'
import { isStatus } from '@trackyard/core/conversion/statuses.ts'
import { splitList } from '@trackyard/core/entities/postback.ts'
import { problem } from '@trackyard/core/result.ts'
import { unrestricted } from '../auth/reach.ts'
import { signingKeyOf } from '../delivery/sign.ts'
import { isMasked, maskSecret } from '../mask.ts'
import { outgoingDoubts } from './outgoing-doubts.ts'
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
  /** A new secret goes into the box; one that comes back as it was shown stays what it was. */
  async complete(fields, current, { secretBox }) {
    const given = fields.signing_secret.trim()
    const before = current?.signing_secret ?? ''
    const signing_secret = isMasked(given) || given === before ? before : secretBox.seal(given)
    return { ...fields, signing_secret }
  },
  async check({ signing_secret }, current, { secretBox }) {
    if (signing_secret === '' || signing_secret === current?.signing_secret) return []
    return signingKeyOf(secretBox.open(signing_secret) ?? '')
      ? []
      : [
          problem(
            'validation',
            'must be 24 to 64 bytes in base64, as `openssl rand -base64 32` prints them',
            'signing_secret',
          ),
        ]
  },
  /** Nothing belongs to a postback, so nothing is left behind. */
  beforeRemoval: async () => {},
  async doubts(postback, tools) {
    const { url, params, headers, campaigns, method, signing_secret } = postback
    const { writer } = tools
    const ids = splitList(campaigns).map(Number)
    const known = new Set((await writer.getMany('campaigns', ids)).map(({ id }) => id))
    const missing = ids.filter((id) => !known.has(id))
    return [
      ...(missing.length > 0 ? [`campaigns: there is no campaign ${missing.join(', ')}.`] : []),
      ...(await outgoingDoubts({ url, params: textsOf(params), headers: textsOf(headers) }, {}, tools)),
      ...wordDoubts(postback, statusWordsOf(await unrestricted(writer).list('postbacks'))),
      ...(signing_secret !== '' && method === 'GET'
        ? ['signing_secret: a GET has no body, so the signature covers nothing of the URL; set method to POST.']
        : []),
    ]
  },
  ownExtras: (postback) => ({
    state: undefined,
    signing_secret: postback.signing_secret === '' ? '' : maskSecret('sealed'),
  }),
}

/** Words that this postback does not decide on, and statuses that it makes others of. `words`: those of all postbacks. */
function wordDoubts(postback: WordLists, words: ReturnType<typeof statusWordsOf>): string[] {
  return WORD_LISTS.flatMap(([status, field]) =>
    splitList(postback[field]).flatMap((word) => {
      const meant = words.get(word)
      if (meant !== status) return [`${field}: ${word} is listed for ${meant} as well, which goes first.`]
      return isStatus(word) && word !== status
        ? [`${field}: ${word} is a status; from now on incoming postbacks that say it are about a ${status}.`]
        : []
    }),
  )
}

const textsOf = (values: Readonly<Record<string, string>>): string => Object.values(values).join('\n')
