import { accessAreas, accessTypes, SECTIONS } from '@trackyard/core/permissions.ts'
import { z } from 'zod'
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../auth/passwords.ts'
import { DIALECTS } from '../dialect/dialect.ts'
import { readOnly, timeText } from '../resources/shapes.ts'

/** Schemas of users, their rights and their keys, as they are read and answered. */

const ids = z.array(z.int())
const types = Object.keys(accessTypes)
const sections = z.array(z.enum(SECTIONS))

const accessShape: Record<string, z.ZodType> = {
  ...Object.fromEntries(
    Object.values<{ key: string; grouped: boolean; administratorsOnly?: true }>(accessAreas)
      .filter((area) => !area.administratorsOnly)
      .flatMap(({ key, grouped }) => [
        [`${key}_access_type`, z.enum(types).describe(`How far the user reaches among ${words(key)}: ${accessHelp()}`)],
        [`${key}_selected_entities`, ids.describe(`Single ${words(key)} the user reaches, by id.`)],
        ...(grouped
          ? [[`${key}_selected_groups`, ids.describe(`Groups of ${words(key)} the user reaches, by id.`)]]
          : []),
      ]),
  ),
  resources: sections
    .nullable()
    .describe('Sections that are open to the user; null: all that the rest leaves anything in.'),
  allowed_resources: sections.describe('The same list, empty when all are open: older clients read it here.'),
  reports: z.array(z.string()).describe('Report columns the user may see; empty: all.'),
}

export const accessData = z
  .object(accessShape)
  .meta({ id: 'AccessData', description: 'What a user may see and change. Administrators may everything.' })

const accessInput = z
  .object(accessShape)
  .partial()
  .meta({ id: 'AccessDataChanges', description: 'What a user may see and change; what is left out is not allowed.' })

const type = z.enum(['ADMIN', 'USER'])
const state = z.enum(['active', 'disabled'])
const preferences = z.record(z.string(), z.unknown())

export const userAnswer = z
  .object({
    id: readOnly(z.int(), 'Id of the user; 0 for the key from the settings while nobody is set up.'),
    login: z.string().describe('Name to log in with.'),
    type: type.describe('ADMIN may everything, USER what access_data says.'),
    state: state.describe('A disabled user can neither log in nor use keys.'),
    rules: readOnly(z.null(), 'Always null: kept for old clients.'),
    permissions: readOnly(z.string(), 'Always empty: kept for old clients.'),
    key_count: readOnly(z.int(), 'Number of API keys.'),
    keyCount: readOnly(z.int(), 'Other name of key_count.'),
    totp_enabled: readOnly(z.boolean(), 'Whether a second factor is set up.'),
    access_data: accessData,
    preferences: preferences.describe('Language, time zone and other choices of the user.'),
    created_at: timeText('When the user was made'),
  })
  .meta({ id: 'User', description: 'Somebody who may log in or use keys.' })

const password = z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH)
const newPassword = {
  new_password: password.describe(`The new password, ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters.`),
  new_password_confirmation: password.describe('The same once more.'),
}
const userFields = {
  login: z.string().max(100).describe('Name to log in with: no spaces; no two users have the same.'),
  type: type.describe('ADMIN may everything, USER what access_data says. Letters may be of any size.'),
  state: state.optional().describe('A disabled user can neither log in nor use keys; active when left out.'),
  ...newPassword,
  password: password
    .optional()
    .meta({ description: 'Other name of new_password, needs no second time.', deprecated: true }),
  preferences: preferences
    .optional()
    .describe('Choices such as {"language": "en", "timezone": "Europe/Madrid", "first_weekday": "1"}.'),
}

export const newUser = z
  .object({ ...userFields, access_data: accessInput.optional() })
  .meta({ id: 'NewUser', description: 'A user to be made.' })
export const userChanges = z
  .object({ ...userFields, access_data: accessInput })
  .partial()
  .meta({ id: 'UserChanges', description: 'What is to be changed of a user; what is left out stays.' })
export const accessChange = z.object({ access_data: accessInput })

const key = {
  id: readOnly(z.int(), 'Id of the key.'),
  user_id: readOnly(z.int(), 'Whose it is.'),
  name: z.string().describe('What it is for.'),
  prefix: readOnly(z.string(), 'How the key begins, to tell keys apart.'),
  dialect: z.enum(DIALECTS).nullable().describe('Dialect it is answered in; null is the default of the installation.'),
  read_only: z.boolean().describe('Whether it may only read.'),
  ip_allow_list: z.array(z.string()).describe('Addresses and blocks it may be used from; empty: anywhere.'),
  expires_at: timeText('When it stops working; null: never', 'nullable'),
  created_at: timeText('When it was made'),
  last_used_at: timeText('When it was used last, to the minute; null: never', 'nullable'),
}
export const keyAnswer = z.object(key).meta({ id: 'ApiKey', description: 'An API key without its secret.' })
export const madeKeyAnswer = z
  .object({ ...key, key: readOnly(z.string(), 'The key itself: shown this one time.') })
  .meta({ id: 'NewApiKeyWithSecret', description: 'An API key that was just made.' })
export const newKey = z
  .object({
    name: z.string().min(1).max(100).describe('What it is for.'),
    dialect: z.enum(DIALECTS).nullish().describe('Dialect it is answered in; left out it is the default.'),
    read_only: z.boolean().optional().describe('Whether it may only read.'),
    ip_allow_list: z
      .array(z.string())
      .optional()
      .describe('Addresses and blocks it may be used from; also text with commas.'),
    expires_at: z
      .string()
      .nullish()
      .describe('When it stops working, UTC, such as 2030-12-31 23:59:59; left out: never.'),
  })
  .meta({ id: 'NewApiKey', description: 'An API key to be made.' })

/** Answers to logging in. */
export const sessionAnswer = z
  .object({
    user: userAnswer,
    csrf_token: readOnly(z.string(), 'To be sent as header X-CSRF-Token with every request that changes something.'),
    session_id: readOnly(z.string(), 'Start of what the audit log calls the session.'),
  })
  .meta({ id: 'Session', description: 'A browser session.' })
export const loginInput = z.object({
  login: z.string().describe('Login of the user.'),
  password: z.string().describe('Password of the user.'),
  totp: z.string().optional().describe('Code of the authenticator app, when a second factor is set up.'),
})
const ownPassword = { password: z.string().describe('The password as it is now, to prove who asks.') }
export const passwordInput = z.object({ ...ownPassword, ...newPassword })
export const proof = z.object(ownPassword)
export const totpProof = z.object({
  ...ownPassword,
  totp: z.string().optional().describe('Code of the authenticator app.'),
})
export const totpAnswer = z.object({
  secret: readOnly(z.string(), 'Secret for the authenticator app.'),
  uri: readOnly(z.string(), 'The same as otpauth URI, for a QR code.'),
})
export const done = z.object({}).describe('Nothing: it is done.')

function words(key: string): string {
  return key.replaceAll('_', ' ')
}

function accessHelp(): string {
  return Object.entries(accessTypes)
    .map(([name, { help }]) => `${name}: ${help}`)
    .join(' ')
}
