import { type Problem, problem, type Result } from '@trackyard/core/result.ts'
import type { ConfigReader, UserFields, UserRow } from '../../stores/config/port.ts'
import { hashPassword, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../auth/passwords.ts'
import type { Input } from '../http/read-body.ts'

const MAX_PREFERENCES_BYTES = 65_536

/**
 * Reads what an administrator wrote of a user (reference admin-api §2.10); `current` is null for a new one. Answers
 * the fields that change, all of them for a new user.
 */
export async function readUser(
  sent: Input,
  current: UserRow | null,
  reader: ConfigReader,
): Promise<Result<Partial<UserFields>>> {
  const input = withNewPassword(sent)
  const problems: Problem[] = []
  const refuse = (at: string, message: string): void => void problems.push(problem('validation', message, at))
  const isGiven = (name: string): boolean => input[name] !== undefined && input[name] !== null
  const changes: { -readonly [Key in keyof UserFields]?: UserFields[Key] } = {}

  if (!current || isGiven('login')) {
    const login = textOf(input.login).trim()
    if (login === '') refuse('login', 'Login is required')
    else if (!/^\S{1,100}$/.test(login)) refuse('login', 'Login must be at most 100 characters without spaces')
    else if (await isTaken(login, current, reader)) refuse('login', 'Login has already been used')
    changes.login = login
  }
  if (!current || isGiven('type')) {
    const type = TYPES.get(textOf(input.type).trim().toLowerCase())
    if (type !== undefined) changes.type = type
    else refuse('type', isGiven('type') ? 'Type must be USER or ADMIN' : 'Type is required')
  }
  if (isGiven('state')) {
    if (input.state === 'active' || input.state === 'disabled') changes.state = input.state
    else refuse('state', 'must be active or disabled')
  }
  if (isGiven('preferences')) {
    const preferences = readPreferences(input.preferences, refuse)
    changes.preferences = { ...current?.preferences, ...preferences }
  }
  const password = !current || isGiven('new_password') ? readNewPassword(input, refuse) : null
  if (problems.length > 0) return { ok: false, problems }
  if (password !== null) changes.passwordHash = await hashPassword(password)
  return { ok: true, value: changes }
}

/** As people write them, in letters of any size. */
const TYPES: ReadonlyMap<string, UserRow['type']> = new Map([
  ['admin', 'ADMIN'],
  ['administrator', 'ADMIN'],
  ['user', 'USER'],
])

/** `password` alone is the new password and its confirmation: who writes it once into a script makes no slip twice. */
const withNewPassword = (input: Input): Input =>
  isNothing(input.password) || !isNothing(input.new_password)
    ? input
    : { new_password_confirmation: input.password, ...input, new_password: input.password }

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === ''

/** The new password and its confirmation; what is wrong is told to `refuse`. */
export function readNewPassword(input: Input, refuse: (at: string, message: string) => void): string {
  const password = textOf(input.new_password)
  if (password === '') refuse('new_password', 'New password is required')
  else if (password.length < MIN_PASSWORD_LENGTH || password.length > MAX_PASSWORD_LENGTH)
    refuse('new_password', `New password must be ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters long`)
  if (textOf(input.new_password_confirmation) !== password)
    refuse('new_password_confirmation', 'New password confirmation must be the same as the new password')
  return password
}

export function readPreferences(
  given: unknown,
  refuse: (at: string, message: string) => void,
): Record<string, unknown> {
  if (Array.isArray(given) && given.length === 0) return {}
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuse('preferences', 'must be an object such as {"language": "en"}')
    return {}
  }
  const preferences: Record<string, unknown> = { ...given }
  const { language, timezone, first_weekday: weekday } = preferences
  if (language !== undefined && !/^[a-z]{2}$/.test(String(language)))
    refuse('preferences.language', 'must be a language code such as en or ru')
  if (timezone !== undefined && !isTimeZone(String(timezone)))
    refuse('preferences.timezone', 'must be a time zone such as Europe/Madrid')
  if (weekday !== undefined) {
    if (/^[1-7]$/.test(String(weekday))) preferences.first_weekday = String(weekday)
    else refuse('preferences.first_weekday', 'must be 1 (Monday) to 7 (Sunday)')
  }
  if (JSON.stringify(preferences).length > MAX_PREFERENCES_BYTES)
    refuse('preferences', `must be at most ${MAX_PREFERENCES_BYTES} characters of JSON`)
  return preferences
}

/** Logins that differ in case only would be mistaken for each other. */
async function isTaken(login: string, current: UserRow | null, reader: ConfigReader): Promise<boolean> {
  const users = await reader.listUsers()
  return users.some((user) => user.id !== current?.id && user.login.toLowerCase() === login.toLowerCase())
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
