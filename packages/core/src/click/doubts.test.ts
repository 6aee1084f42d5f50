import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { streamDoubts } from './doubts.ts'
import { makeBundle } from './fixtures.ts'

const ofStream = { name: 'uniqueness', mode: 'reject', payload: 'stream' }
const bot = { name: 'bot', mode: 'reject' }

describe('a stream that wants visitors it had before', () => {
  const cases: readonly [what: string, stream: object, isDoubted: boolean][] = [
    ['alone', { filters: [ofStream] }, true],
    ['alone, with OR', { filters: [ofStream], filter_or: true }, true],
    ['and something else', { filters: [bot, ofStream] }, true],
    ['by the address', { filters: [{ ...ofStream, name: 'uniqueness_ip', payload: ['stream'] }] }, true],
    ['or something else', { filters: [bot, ofStream], filter_or: true }, false],
    ['by the campaign', { filters: [{ ...ofStream, payload: 'campaign' }] }, false],
    ['never', { filters: [{ ...ofStream, mode: 'accept' }] }, false],
  ]
  for (const [what, stream, isDoubted] of cases)
    it(`${what}: ${isDoubted ? 'admits nobody new' : 'no doubt'}`, () => {
      const bundle = makeBundle({ streams: [{ schema: 'action', action_type: 'do_nothing', ...stream }] })
      const doubts = bundle.streams.flatMap((made) => streamDoubts(made, bundle, 0))
      assert.equal(doubts.length, isDoubted ? 1 : 0, doubts.join())
      if (isDoubted) assert.match(doubts.join(), /nobody ever gets in for the first time/)
    })
})
