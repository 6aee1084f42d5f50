import { z } from 'zod'
import { compileIpMatcher } from '../filters/ip-match.ts'

/** Addresses as a list or as text with commas or line breaks between. */
export const addressList = () =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value.split(/[\s,;]+/).filter((entry) => entry !== '')
        : value === null || value === false
          ? []
          : value,
    z
      .array(z.string(), { error: 'must be a list of addresses or blocks such as 203.0.113.0/24' })
      .max(1000, 'must be at most 1000 entries')
      .superRefine((entries, context) => {
        const compiled = compileIpMatcher(entries)
        if (!compiled.ok) for (const { message } of compiled.problems) context.addIssue({ code: 'custom', message })
      }),
  )
