import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { actions, compileAction } from '../actions/index.ts'
import { compileFilter, filters } from '../filters/index.ts'
import type { Problem, Result } from '../result.ts'
import { ENTITY_KINDS, entities } from './index.ts'
import { parseChangedFields, parseNewFields } from './parse.ts'

/** Every kind of JSON, whole and inside of lists and objects, as far as fields have parts. */
const simple: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 1.5, 1e300, '', 'x', '{"a":1}', 'x'.repeat(1_000_001)],
  ...[[], {}, [[]], [{}], { a: 1 }, { a: { b: [1] } }],
]
const PARTS = [
  'id',
  'name',
  'mode',
  'payload',
  'value',
  'share',
  'state',
  'landing_id',
  'offer_id',
  'placeholder',
  'alias',
]
const nested = simple
  .filter((value) => typeof value !== 'string' || value.length < 1000)
  .flatMap((value) => [
    [value],
    { sub_id_1: value },
    ...PARTS.flatMap((part) => [[{ [part]: value }], { sub_id_1: { [part]: value } }]),
  ])
const hostile = [...simple, ...nested]

const RAW = /Invalid input|expected|received|Too (small|big)|Unrecognized|undefined|NaN|\[object/

function checkWords(result: Result<unknown>, field: string): void {
  if (result.ok) return
  for (const { message, at } of result.problems satisfies readonly Problem[]) {
    assert.doesNotMatch(message, RAW, `${field}: ${message}`)
    assert.ok(message.length > 5 && message.length < 1200, `${field}: ${message}`)
    assert.equal(at?.split('.')[0], field, message)
  }
}

describe('whatever is sent, the answer is in plain words and names the field', () => {
  for (const kind of ENTITY_KINDS) {
    test(kind, () => {
      const required = { alias: 'a', name: 'a.example', campaign_id: 1, type: 'offers' }
      for (const field of Object.keys(entities[kind].fields.shape)) {
        for (const value of hostile) {
          const parsed = parseNewFields(kind, { ...required, [field]: value })
          // Other fields that a kind requires are none of this case's business.
          checkWords(
            parsed.ok
              ? parsed
              : { ok: false, problems: parsed.problems.filter(({ at }) => at?.split('.')[0] === field) },
            field,
          )
          checkWords(parseChangedFields(kind, { [field]: value }), field)
        }
      }
      const empty = parseNewFields(kind, {})
      if (!empty.ok) for (const { message } of empty.problems) assert.doesNotMatch(message, RAW)
    })
  }
  test('filters', () => {
    for (const name of Object.keys(filters)) {
      const parts = ['timezone', 'items', 'from', 'to', 'days', 'per_hour', 'name', 'value']
      const payloads = [
        ...hostile,
        ...simple.flatMap((value) => parts.map((part) => ({ [part]: value }))),
        ...simple.flatMap((value) => ['days', 'from', 'to'].map((part) => ({ items: [{ [part]: value }] }))),
      ]
      for (const payload of payloads)
        checkWords(compileFilter({ name, mode: 'accept', payload }, 'filters.0'), 'filters')
    }
  })
  test('actions', () => {
    for (const action_type of [...Object.keys(actions), 'nonsense', '']) {
      for (const action_payload of hostile) {
        const made = compileAction({ action_type, action_payload, action_options: null })
        if (!made.ok) for (const { message } of made.problems) assert.doesNotMatch(message, RAW)
      }
    }
  })
  test('a schema without words of its own', () => {
    const bare = z.strictObject({
      ...{
        a: z.string().min(3),
        b: z.number().max(2),
        c: z.array(z.int()).max(1),
        d: z.enum(['x', 'y']),
        e: z.email(),
      },
      ...{ f: z.literal(1), g: z.union([z.string(), z.boolean()]), h: z.record(z.string(), z.number()), i: z.date() },
    })
    for (const value of hostile) {
      const input = Object.fromEntries([...'abcdefghij'].map((key) => [key, value]))
      for (const sent of [value, input]) {
        for (const { message } of bare.safeParse(sent).error?.issues ?? []) assert.doesNotMatch(message, RAW)
      }
    }
    assert.deepEqual(
      bare
        .safeParse({ a: 'x', b: 3, c: [1, 2], e: 'x' })
        .error?.issues.map(({ path, message }) => `${path} ${message}`),
      [
        'a must be at least 3 characters long',
        'b must be at most 2',
        'c must hold at most 1 item',
        'd is required',
        'e is not written in the form that is wanted here',
        'f is required',
        'g is required',
        'h is required',
        'i is required',
      ],
    )
  })
})

test('a missing campaign is not the same as a wrong one', () => {
  const said = (campaign_id: unknown) => {
    const parsed = parseNewFields('streams', { campaign_id })
    return parsed.ok ? [] : parsed.problems.map(({ message }) => message)
  }
  assert.deepEqual(said(undefined), ['campaign_id is required'])
  assert.deepEqual(said(''), ['campaign_id is required'])
  assert.deepEqual(said('abc'), ['campaign_id must be a number'])
  assert.deepEqual(said({}), ['campaign_id must be a number'])
  assert.deepEqual(said(-3), ['campaign_id must be the id of a campaign'])
})
