import { isStatus, statuses } from '@trackyard/core/conversion/statuses.ts'
import { money, text } from '@trackyard/core/entities/fields.ts'
import type { Postback } from '@trackyard/core/entities/postback.ts'
import { planPostbackRequest } from '@trackyard/core/postbacks/plan-postback-request.ts'
import { postbackRefusal } from '@trackyard/core/postbacks/postback-refusal.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { sendRequest } from '../../outgoing/send-request.ts'
import { administrators } from '../auth/access.ts'
import { signingKeyOf, webhookHeaders } from '../delivery/sign.ts'
import { readInput } from '../http/read-input.ts'
import { notFound } from '../resources/save.ts'
import { idOf, type Route } from '../route.ts'
import type { SecretBox } from '../secret-box.ts'
import { sampleFacts } from './sample-facts.ts'

/** What is shown of the answer. */
const MAX_EXCERPT_BYTES = 2000
const STATUSES = Object.keys(statuses).filter(isStatus)

const accepts = z.object({
  status: z
    .enum(STATUSES, { error: `must be one of ${STATUSES.join(', ')}` })
    .nullable()
    .default(null)
    .describe('Status of the sample conversion; null takes one the trigger stands for.'),
  revenue: money().default(12_500_000).describe('Revenue of the sample conversion, in the base currency.'),
  tid: text(200).default('test-1').describe('Transaction id of the sample conversion.'),
})

const answers = z.object({
  success: z.boolean().describe('The receiver answered with a status from 200 to 299.'),
  request: z
    .object({
      method: z.string().describe('GET or POST.'),
      url: z.string().describe('Where it went, macros filled in.'),
      headers: z.record(z.string(), z.string()).describe('Headers by name in lower case.'),
      body: z.string().nullable().describe('What was sent with POST, null with GET.'),
    })
    .describe('The request that was sent.'),
  status: z.int().nullable().describe('Status of the answer, null when there was none.'),
  body: z.string().describe('The beginning of the answer.'),
  duration_ms: z.int().describe('How long it took, redirects included, in milliseconds.'),
  redirects: z.array(z.string()).describe('Addresses the receiver sent us on to, in order.'),
  error: z.string().nullable().describe('What went wrong, in plain words; null when the receiver accepted it.'),
  not_sent_because: z
    .string()
    .nullable()
    .describe('Why a real conversion like the sample would not be sent; null when it would be.'),
})

const testRoute: Route = {
  method: 'POST',
  path: '/postbacks/:id/test',
  description: 'Send one request with a sample conversion now, whatever status and conditions say, and show the answer',
  access: administrators('write'),
  accepts,
  answers,
  async handle(request, { configStore, currencies, macroFile, secretBox, settings, clock }) {
    const postback = await configStore.get('postbacks', idOf(request))
    if (!postback) return notFound('postbacks', idOf(request))
    const read = readInput(accepts, request.input)
    if (!read.ok) return read
    const { status, revenue: revenueMicros, tid } = read.value
    const sample = { status: status ?? (postback.trigger === 'leads' ? 'lead' : 'sale'), revenueMicros, tid }
    const made = { exchange: await currencies.exchange(), fileText: macroFile }
    const facts = sampleFacts(postback, sample, made, clock.nowMs())
    const planned = planPostbackRequest(postback, facts)
    const signed = postback.signing_secret === '' ? {} : signatureOf(postback, planned.body, secretBox, clock.nowMs())
    const sent = { ...planned, headers: { ...planned.headers, ...signed } }
    const startedAt = performance.now()
    const { allowPrivateTargets } = settings
    const limits = { allowPrivateTargets, timeoutMs: postback.timeout * 1000, maxBodyBytes: MAX_EXCERPT_BYTES }
    const reply = await sendRequest(sent, limits)
    const success = reply.status !== null && reply.status >= 200 && reply.status < 300
    return ok({
      success,
      request: sent,
      status: reply.status,
      body: reply.body,
      duration_ms: Math.round(performance.now() - startedAt),
      redirects: reply.redirectedTo,
      error: success ? null : (reply.error ?? `the receiver answered with status ${reply.status}`),
      not_sent_because: postbackRefusal(postback, facts),
    })
  },
}

function signatureOf(
  { signing_secret }: Postback,
  body: string | null,
  box: SecretBox,
  nowMs: number,
): Record<string, string> {
  const key = signingKeyOf(box.open(signing_secret) ?? '')
  return webhookHeaders({ id: `msg_test${nowMs}`, body }, key, nowMs)
}

export const postbackRoutes: readonly Route[] = [testRoute]
