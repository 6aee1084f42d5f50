import { fail, ok, problem } from '../result.ts'
import { defineAction } from './action.ts'

const label = 'Send to campaign'

export const campaign = defineAction({
  label,
  help: 'Runs another campaign for the same visitor. The payload is its id.',
  type: 'other',
  field: 'campaign',
  compile(payload) {
    const text = payload.trim()
    const campaignId = Number(text)
    if (!/^\d{1,10}$/.test(text) || campaignId === 0)
      return fail(problem('validation', 'needs the id of the campaign to send visitors to, such as 12'))
    return ok(() => ({ kind: 'campaign', campaignId, destination: label }))
  },
})
