import { z } from 'zod'
import { defineFilter } from './filter.ts'
import { compileIpMatcher, type IpMatcher } from './ip-match.ts'
import { valueList } from './payload.ts'

const EXAMPLE = ['203.0.113.7', '203.0.113.0/24']

/** Pasted addresses may stand in one line; the ends of an interval belong together. */
const SEPARATOR = /[\r\n,;]+|(?<![-\s])[ \t]+(?![-\s])/

export const ip = defineFilter({
  label: 'IP address',
  help: 'The address is one of these, in one of these blocks (203.0.113.0/24), intervals (203.0.113.1-203.0.113.9) or masks (203.0.113.*). IPv6 works too.',
  group: 'geo',
  example: EXAMPLE,
  column: 'ip',
  params: valueList(EXAMPLE, SEPARATOR).transform((entries, context): IpMatcher => {
    const matcher = compileIpMatcher(entries)
    if (matcher.ok) return matcher.value
    for (const { message } of matcher.problems) context.addIssue({ code: 'custom', message })
    return z.NEVER
  }),
  compile: (matches) => (click) => matches(click.ip),
})
