import { integer } from '@trackyard/core/entities/fields.ts'
import { entities, type FieldsOf, type Integration } from '@trackyard/core/entities/index.ts'
import { parseChangedFields, parseNewFields } from '@trackyard/core/entities/parse.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { administrators } from '../auth/access.ts'
import type { Input } from '../http/read-body.ts'
import { readInput } from '../http/read-input.ts'
import { isMasked, maskSecret } from '../mask.ts'
import { inChange, notFound, toFields } from '../resources/save.ts'
import { idOf, type Route } from '../route.ts'
import type { SecretBox } from '../secret-box.ts'

const PATH = '/integrations/facebook'
const KEPT = 'accounts are kept with their campaigns; Trackyard does not fetch costs from them yet'

const written = entities.integrations.fields.pick({
  name: true,
  ad_account_id: true,
  token: true,
  proxy_enabled: true,
  proxy: true,
})
const account = z
  .object({ id: z.int().describe('Id of the account here.') })
  .extend(entities.integrations.fields.omit({ campaign_ids: true, state: true }).shape)
const data = z.object({ data: account.describe('The account.') })
const success = z.object({ success: z.literal(true).describe('It is done.') })
const attachment = z.object({ campaign_id: integer(1).describe('Id of the campaign.') })

export const facebookRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: PATH,
    description: `Accounts at Facebook Ads; ${KEPT}`,
    access: administrators('read'),
    answers: z.object({ data: z.array(account).describe('Every account.') }),
    async handle(_, { configStore, secretBox }) {
      const all = await configStore.list('integrations')
      return ok({ data: all.map((one) => present(one, secretBox)) })
    },
  },
  {
    method: 'POST',
    path: PATH,
    description: 'Add an account at Facebook Ads: its token is stored sealed and never shown again',
    access: administrators('create'),
    accepts: written,
    answers: account,
    handle: (request, backend) =>
      inChange(backend, request, async ({ writer }) => {
        const parsed = parseNewFields('integrations', ownInput(request.input))
        if (!parsed.ok) return parsed
        const fields = sealed(parsed.value, null, backend.secretBox)
        return ok(present(await writer.insert('integrations', fields), backend.secretBox))
      }),
  },
  {
    method: 'GET',
    path: `${PATH}/:id`,
    description: 'One account at Facebook Ads',
    access: administrators('read'),
    answers: data,
    async handle(request, { configStore, secretBox }) {
      const found = await configStore.get('integrations', idOf(request))
      return found ? ok({ data: present(found, secretBox) }) : notFound('integrations', idOf(request))
    },
  },
  {
    method: 'PUT',
    path: `${PATH}/:id`,
    description: 'Change the given fields of an account; secrets that come back masked stay as they are',
    access: administrators('write'),
    accepts: written,
    answers: data,
    handle: (request, backend) =>
      inChange(backend, request, async ({ writer }) => {
        const current = await writer.get('integrations', idOf(request))
        if (!current) return notFound('integrations', idOf(request))
        const parsed = parseChangedFields('integrations', ownInput(request.input))
        if (!parsed.ok) return parsed
        const fields = sealed({ ...toFields(current), ...parsed.value }, current, backend.secretBox)
        return ok({ data: present(await writer.update('integrations', current.id, fields), backend.secretBox) })
      }),
  },
  {
    method: 'DELETE',
    path: `${PATH}/:id`,
    description: 'Delete an account for good',
    access: administrators('write'),
    answers: success,
    handle: (request, backend) =>
      inChange(backend, request, async ({ writer }) => {
        if (!(await writer.get('integrations', idOf(request)))) return notFound('integrations', idOf(request))
        await writer.remove('integrations', idOf(request))
        return ok({ success: true })
      }),
  },
  {
    method: 'GET',
    path: `${PATH}/:id/campaign`,
    description: 'Campaigns attached to an account',
    access: administrators('read'),
    answers: z.array(
      z.object({ name: z.string().describe('Name of the campaign.'), value: z.int().describe('Id of the campaign.') }),
    ),
    async handle(request, { configStore }) {
      const found = await configStore.get('integrations', idOf(request))
      if (!found) return notFound('integrations', idOf(request))
      const campaigns = await configStore.getMany('campaigns', found.campaign_ids)
      return ok(campaigns.map(({ id, name }) => ({ name, value: id })))
    },
  },
  attachmentRoute('POST', 'Attach a campaign to an account', (ids, id) => [...new Set([...ids, id])]),
  attachmentRoute('DELETE', 'Take a campaign off an account', (ids, id) => ids.filter((one) => one !== id)),
]

function attachmentRoute(
  method: 'POST' | 'DELETE',
  description: string,
  change: (ids: readonly number[], id: number) => number[],
): Route {
  return {
    method,
    path: `${PATH}/:id/campaign`,
    description,
    access: administrators('write'),
    accepts: attachment,
    answers: success,
    handle: (request, backend) =>
      inChange(backend, request, async ({ writer }): Promise<Result<unknown>> => {
        const found = await writer.get('integrations', idOf(request))
        if (!found) return notFound('integrations', idOf(request))
        const read = readInput(attachment, request.input)
        if (!read.ok) return read
        const { campaign_id: id } = read.value
        const campaign = method === 'POST' ? await writer.get('campaigns', id) : null
        if (method === 'POST' && (!campaign || campaign.state === 'deleted'))
          return fail(problem('validation', `There is no campaign ${id}`, 'campaign_id'))
        const campaign_ids = change(found.campaign_ids, id)
        if (campaign_ids.length !== found.campaign_ids.length)
          await writer.update('integrations', found.id, { ...toFields<'integrations'>(found), campaign_ids })
        else
          request.hint(`campaign_id: campaign ${id} ${method === 'POST' ? 'was attached before' : 'is not attached'}.`)
        return ok({ success: true })
      }),
  }
}

/** What clients may write; the rest is the server's, and whole objects are put back. */
const ownInput = (input: Input): Input =>
  Object.fromEntries(Object.entries(input).filter(([key]) => Object.hasOwn(written.shape, key)))

/** New secrets go into the box; those that come back as they were shown stay what they were. */
function sealed(
  fields: FieldsOf<'integrations'>,
  current: Integration | null,
  box: SecretBox,
): FieldsOf<'integrations'> {
  const seal = (given: string, before: string): string =>
    isMasked(given) ? before : given === before ? given : box.seal(given)
  const { proxy } = fields
  return {
    ...fields,
    token: seal(fields.token, current?.token ?? ''),
    proxy: proxy && { ...proxy, password: seal(proxy.password ?? '', current?.proxy?.password ?? '') },
  }
}

function present(one: Integration, box: SecretBox): Record<string, unknown> {
  const { id, campaign_ids: _campaigns, state: _state, created_at_ms: _made, updated_at_ms: _changed, ...fields } = one
  const shown = (secret: string | null): string => maskSecret(box.open(secret ?? '') ?? '?')
  const proxy = fields.proxy && { ...fields.proxy, password: shown(fields.proxy.password) }
  return { id, ...fields, token: shown(fields.token), proxy }
}
