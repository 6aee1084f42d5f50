import { z } from 'zod'
import { isCurrencyCode } from '../currency/codes.ts'
import { type Micros, microsToNumber, parseMoney } from '../money.ts'
import { requiredOr } from '../plain-words.ts'

/**
 * Field types shared by the entities. Input is liberal, as scripts written for Keitaro are: numbers as strings,
 * booleans as 0/1, null for "leave unset" (reference admin-api §1.2).
 */

const toNumber = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value

const toBoolean = (value: unknown): unknown =>
  value === 1 || value === '1' || value === 'true'
    ? true
    : value === 0 || value === '0' || value === 'false' || value === ''
      ? false
      : value

export const text = (max = 1000) =>
  z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    z.string({ error: 'must be text' }).max(max, `must be at most ${max} characters long`),
  )
export const requiredText = (what: string, max = 255) =>
  z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : (value ?? '')),
    z
      .string({ error: `${what} must be text` })
      .trim()
      .min(1, `${what} is required`)
      .max(max, `${what} must be at most ${max} characters long`),
  )
export const integer = (min = 0, max = 2_147_483_647) =>
  z.preprocess(
    toNumber,
    z
      .int({ error: requiredOr('must be a whole number') })
      .min(min, `must be at least ${min}`)
      .max(max, `must be at most ${max}`),
  )
/** How many, how many to skip, or which id a list is asked for; '' and null ask for nothing. */
export const count = ({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
  error = `must be a whole number from ${min} on`,
}: {
  readonly min?: number
  readonly max?: number
  readonly error?: string
} = {}) =>
  z.preprocess(
    (value) => (value === null || (typeof value === 'string' && value.trim() === '') ? undefined : toNumber(value)),
    z.int({ error }).min(min, error).max(max, error).optional(),
  )
export const number = (min: number, max: number) =>
  z.preprocess(
    toNumber,
    z
      .number({ error: requiredOr('must be a number') })
      .min(min, `must be at least ${min}`)
      .max(max, `must be at most ${max}`),
  )
export const flag = () => z.preprocess(toBoolean, z.boolean({ error: requiredOr('must be true or false') }))
/** An id of another entity; null, 0 and '' mean none. */
export const reference = () =>
  z.preprocess(
    (value) => (value === '' || value === 0 || value === '0' ? null : toNumber(value)),
    z.int({ error: 'must be an id' }).positive('must be an id').nullable(),
  )
/** Money in the API is a decimal; inside it is micros. */
export const money = () =>
  z
    .union([z.string(), z.number()], { error: 'must be an amount such as 12.50' })
    .transform((value, context): Micros => {
      const micros = parseMoney(value)
      if (micros !== null) return micros
      context.addIssue({ code: 'custom', message: 'must be an amount such as 12.50' })
      return z.NEVER
    })
/** Money that cannot be owed: a price, a payout, a cost. */
export const price = () => money().refine((micros) => micros >= 0, 'must be 0 or more')
export const presentMoney = (micros: Micros): number => microsToNumber(micros, 6)
export const currencyCode = () =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.trim().toUpperCase() : value),
    z
      .string({ error: 'must be a three-letter currency code such as USD, or a longer one such as USDT' })
      .refine(isCurrencyCode, 'must be a three-letter currency code such as USD, or a longer one such as USDT'),
  )
/** `removed` is the 2017 word for `deleted` (reference admin-api §1.6); `archived` is what people call it. */
export const state = () =>
  z.preprocess(
    (value) => (value === 'removed' || value === 'archived' ? 'deleted' : value),
    z.enum(['active', 'disabled', 'deleted'], { error: 'must be active, disabled or deleted' }),
  )
/** An object or null; PHP writes an empty object as `[]` (reference admin-api §1.2). */
export const options = () =>
  z.preprocess(
    (value) => (value === '' || (Array.isArray(value) && value.length === 0) ? null : value),
    z.record(z.string(), z.unknown(), { error: 'must be an object' }).nullable(),
  )
