import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { createDeviceParser } from './device.ts'

/**
 * Real user agents with what another detector, the port of Matomo's, takes them for, written by
 * tools/golden-user-agents.ts. Where we differ, the reason stands here.
 */
const FIELDS = ['type', 'brand', 'os', 'osVersion', 'browser', 'browserVersion', 'model'] as const
type Field = (typeof FIELDS)[number]

interface Deviation {
  readonly in: RegExp
  readonly fields: readonly Field[]
  readonly why: string
  /** What is right instead; without it anything may be. */
  readonly right?: (userAgent: string) => string
}

const DEVIATIONS: readonly Deviation[] = [
  {
    in: /OS 18_[67] like .*Version\/(?:2[6-9]|[3-9]\d)/,
    fields: ['osVersion'],
    why: 'since version 26 browsers on Apple’s devices say 18.6 or 18.7 on every system; WebKit has its number',
    right: (userAgent) => /Version\/([\d.]+)/.exec(userAgent)?.[1] ?? '',
  },
  { in: /Opera Mini.*Presto/, fields: ['type'], why: 'Opera Mini runs on telephones', right: () => 'mobile' },
  {
    in: /\(Fuchsia\)/,
    fields: ['type', 'browser', 'browserVersion'],
    why: 'a Nest Hub has a screen to touch; its browser is Chrome',
  },
  {
    in: /Honorlock/,
    fields: ['type', 'brand', 'model'],
    why: 'an add-on whose name the other one takes for a phone by Honor',
  },
  { in: /SMART-TV; L|Web0S.*DMOST/i, fields: ['brand'], why: 'only Samsung runs Tizen, only LG webOS on televisions' },
  { in: /AFTMM/, fields: ['brand', 'model'], why: 'AFTMM is the Fire TV Stick 4K by Amazon' },
  { in: /; Philips;/, fields: ['brand'], why: 'the user agent says Philips' },
  { in: /SM-G900P Build/, fields: ['brand', 'model'], why: 'SM-G900P is a Galaxy S5 by Samsung' },
  { in: /^Nokia6300/, fields: ['os', 'browser'], why: 'Series 40 was no Symbian, and its browser has no name' },
  { in: /VIERA/, fields: ['os', 'model'], why: 'televisions by Panasonic of that time run Linux' },
  {
    in: /PLAYSTATION|PlayStation/i,
    fields: ['osVersion', 'browserVersion'],
    why: 'the other one writes model and version as one number',
  },
  { in: /Nintendo WiiU/, fields: ['osVersion'], why: 'a Wii U is no Wii' },
  { in: /Web0S.*WebAppManager/, fields: ['osVersion'], why: 'its version is not in the user agent' },
  { in: /^AppleTV/, fields: ['osVersion', 'model'], why: 'the version is told in full; models are not listed' },
  { in: /FBAN\/EMA/, fields: ['browser'], why: 'EMA is Facebook Lite' },
  { in: /VKAndroidApp/, fields: ['browser', 'browserVersion'], why: 'the other one does not know VK' },
  { in: /Tesla\//, fields: ['browser', 'browserVersion'], why: 'the car is what people ask for' },
  { in: /Android 4\.|BB10/, fields: ['browserVersion'], why: 'their versions are told' },
  {
    in: /Kindle\/3|^Roku|LYF|Nokia_8110|Hisense|BB10|Maple2012/,
    fields: ['model'],
    why: 'models of old readers, boxes and telephones are not listed',
  },
]
/** Real programs that people use, which the list of crawlers counts because their add-ons fetch pages. */
const NO_BOTS = /Electron|Thunderbird/

const golden = z
  .array(
    z.object({
      from: z.enum(['rare', 'traffic', 'crawler']),
      userAgent: z.string(),
      ...Object.fromEntries(FIELDS.map((field) => [field, z.string().optional()])),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../cases/user-agents.json', import.meta.url), 'utf8')))

const { parse } = createDeviceParser()
const noHints = {
  platform: '',
  platformVersion: '',
  model: '',
  mobile: '',
  app: '',
  browser: { name: '', version: '' },
}

describe(`what ${golden.length} real user agents tell`, () => {
  const people = golden.filter(({ from }) => from !== 'crawler')
  const used = new Set<Deviation>()
  for (const field of FIELDS) {
    it(field, (t) => {
      let agreed = 0
      const surprises: string[] = []
      for (const entry of people) {
        const wanted = String(Reflect.get(entry, field))
        const found = parse(entry.userAgent, noHints).device[field]
        const known = DEVIATIONS.filter(({ in: text, fields }) => fields.includes(field) && text.test(entry.userAgent))
        const right = known.find((deviation) => deviation.right)?.right?.(entry.userAgent)
        if (right === undefined ? agrees(field, found, wanted, entry.userAgent) : found === right) {
          if (found !== wanted) for (const deviation of known) used.add(deviation)
          agreed++
          continue
        }
        for (const deviation of known) used.add(deviation)
        if (known.length === 0 || right !== undefined)
          surprises.push(`${found}, the other detector says ${wanted}: ${entry.userAgent}`)
      }
      t.diagnostic(`${field}: ${agreed} of ${people.length} alike, ${((agreed / people.length) * 100).toFixed(1)} %`)
      assert.deepEqual(surprises, [])
      assert.ok(agreed / people.length > 0.97)
    })
  }
  it('every deviation is still one', () => {
    assert.deepEqual(
      DEVIATIONS.filter((deviation) => !used.has(deviation)).map(({ why }) => why),
      [],
    )
  })
  it('crawlers are bots, people are not', () => {
    const isBot = (userAgent: string): boolean => parse(userAgent, noHints).isBot
    const missed = golden.filter(({ from, userAgent }) => from === 'crawler' && !isBot(userAgent))
    assert.deepEqual(
      missed.filter(({ userAgent }) => !NO_BOTS.test(userAgent)),
      [],
    )
    assert.deepEqual(
      people.filter(({ userAgent }) => isBot(userAgent)),
      [],
    )
  })
})

/**
 * Models are told by the code that the device itself gives (`SM-S918B`), as the filter's masks expect and as client
 * hints say it; the other detector names what the code is sold as. Both name a model, and ours is in the user agent.
 */
const agrees = (field: Field, found: string, wanted: string, userAgent: string): boolean =>
  found === wanted ||
  (field === 'model' &&
    (found.toLowerCase() === wanted.toLowerCase() || (wanted !== '' && found !== '' && names(userAgent, found))))

/** As a word of its own: a letter or two stand in every user agent. */
const names = (userAgent: string, code: string): boolean =>
  ` ${userAgent} `
    .toLowerCase()
    .split(code.toLowerCase())
    .some((before, index, parts) => {
      const after = parts[index + 1]
      return after !== undefined && !/[a-z\d]$/.test(before) && !/^[a-z\d]/.test(after)
    })
