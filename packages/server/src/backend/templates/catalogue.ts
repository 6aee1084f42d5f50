import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * Ready settings of traffic sources and affiliate networks: one data file each in `templates/` of the repository, so
 * that a token that changed is corrected without touching code. The name of the file is the `template_name`.
 */
const DIRECTORY = new URL('../../../../../templates/', import.meta.url)

const parameter = z.strictObject({ name: z.string().min(1), placeholder: z.string(), alias: z.string() })
const sourceTemplate = z.strictObject({
  name: z.string().min(1),
  postback_url: z.union([z.literal(''), z.string().regex(/^https?:\/\/\S/)]),
  postback_statuses: z.array(z.string()).min(1),
  parameters: z.record(
    z
      .string()
      .regex(/^(external_id|ad_campaign_id|creative_id|source|keyword|cost|currency|sub_id_([1-9]|[12]\d|30))$/),
    parameter,
  ),
  notes: z.string(),
})
const networkTemplate = z.strictObject({
  name: z.string().min(1),
  /** Appended to the URLs of the network's offers. */
  offer_param: z.string(),
  /** Parameters of the postback URL to paste in the network: ours → its token. */
  postback: z.record(z.string().regex(/^[a-z_]+$/), z.string().min(1)),
  notes: z.string(),
})

export type NetworkTemplate = z.output<typeof networkTemplate> & { readonly template_name: string }

/** Read on first use: the catalogue is needed when somebody adds a source, not when the server starts. */
export const sourceTemplates = once(() => readAll('traffic-sources', sourceTemplate))
export const networkTemplates = once(() => readAll('affiliate-networks', networkTemplate))

/** The postback URL that a network is to call. */
export function incomingPostbackUrl(
  { postback }: NetworkTemplate,
  { domain, postbackKey }: { readonly domain: string; readonly postbackKey: string },
): string {
  const query = Object.entries(postback).map(([name, token]) => `${name}=${token}`)
  return `https://${domain}/${postbackKey}/postback?${query.join('&')}`
}

function readAll<T extends { readonly name: string }>(
  folder: string,
  schema: z.ZodType<T>,
): ReadonlyMap<string, T & { readonly template_name: string }> {
  const directory = new URL(`${folder}/`, DIRECTORY)
  const found = readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const template_name = file.slice(0, -'.json'.length)
      const content: unknown = JSON.parse(readFileSync(new URL(file, directory), 'utf8'))
      return { template_name, ...schema.parse(content) }
    })
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
  return new Map(found.map((template) => [template.template_name, template]))
}

function once<T>(read: () => T): () => T {
  let known: { readonly value: T } | null = null
  return () => {
    known ??= { value: read() }
    return known.value
  }
}
