import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import {
  isSecretSetting,
  isSettingKey,
  knownSetting,
  readSetting,
  SETTING_KEYS,
  settingDef,
} from '@trackyard/core/settings.ts'
import { z } from 'zod'
import type { ConfigReader, ConfigWriter } from '../../stores/config/port.ts'
import { administrators } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import { basesOf } from '../currencies/bases.ts'
import { followCurrencySetting } from '../currencies/follow-setting.ts'
import { readInput } from '../http/read-input.ts'
import { maskSecret } from '../mask.ts'
import { inChange } from '../resources/save.ts'
import type { ApiRequest, Route } from '../route.ts'
import { loadSecrets } from '../secrets.ts'
import { SETTING_PREFIX, storedSettings } from './setting-store.ts'
import { writeSettings } from './write-settings.ts'

const oneAnswer = z.object({
  id: z.string().describe('The key again: clients look for an id.'),
  key: z.string().describe('Name of the setting.'),
  value: z.unknown().describe('What it is now; secrets are masked.'),
  default: z.unknown().describe('What it is when nobody set it; null for settings of your own.'),
  description: z.string().describe('What it does.'),
  effect: z
    .enum(['acts', 'kept', 'own'])
    .describe('acts: Trackyard goes by it; kept: stored for clients that expect it; own: stored as you wrote it.'),
  read_only: z.boolean().describe('Comes from the environment and cannot be changed here.'),
  is_set: z.boolean().describe('Somebody set it; otherwise it is the default.'),
})

const listAccepts = z.object({
  details: z
    .preprocess((value) => value === true || value === 1 || value === '1' || value === 'true', z.boolean())
    .describe('List every setting with description, default and effect instead of an object of values.'),
})
const allAnswer = z
  .record(z.string(), z.unknown())
  .describe('Values by key, those of your own last; secrets are masked.')
const writeAccepts = z
  .object(
    Object.fromEntries(
      SETTING_KEYS.map((key) => {
        const { help, effect } = settingDef(key)
        return [key, z.unknown().describe(effect === 'kept' ? `${help} Kept, without effect in this version.` : help)]
      }),
    ),
  )
  .partial()
  .catchall(z.unknown())
  .describe('Settings to change: values by key, or one as {"key": …, "value": …}. Others keep their values.')

/** Shows settings as they are for one installation. */
function presenter(
  stored: ReadonlyMap<string, string>,
  fixed: ReadonlyMap<string, unknown>,
  defaults: ReadonlyMap<string, unknown>,
) {
  const currentOf = (key: string): unknown => {
    const value: unknown = fixed.has(key)
      ? fixed.get(key)
      : isSettingKey(key)
        ? readSetting(key, stored.get(key))
        : JSON.parse(stored.get(key) ?? JSON.stringify(knownSetting(key)?.fallback ?? null))
    return isSecretSetting(key) && (typeof value === 'string' || typeof value === 'number')
      ? maskSecret(String(value))
      : value
  }
  const keys = [...SETTING_KEYS, ...[...stored.keys()].filter((key) => !isSettingKey(key))]
  const one = (key: string) => {
    const def = knownSetting(key)
    return {
      id: key,
      key,
      value: currentOf(key),
      default: defaults.get(key) ?? (fixed.has(key) ? currentOf(key) : (def?.fallback ?? null)),
      description: def?.help ?? 'A setting of your own: Trackyard keeps it and does nothing with it.',
      effect: def?.effect ?? 'own',
      read_only: def?.readOnly !== undefined,
      is_set: stored.has(key),
    }
  }
  return {
    has: (key: string): boolean => keys.includes(key) || knownSetting(key) !== null,
    one,
    list: () => keys.map(one),
    all: () => Object.fromEntries(keys.map((key) => [key, currentOf(key)])),
  }
}

const shown = async (reader: ConfigReader, { settings }: Pick<Backend, 'settings'>) =>
  presenter(
    await storedSettings(reader),
    new Map([
      ['currency', (await basesOf(reader, settings.baseCurrency)).at(-1)?.currency],
      ['postback_key', (await loadSecrets(reader)).postbackKey],
    ]),
    new Map([['currency', settings.baseCurrency]]),
  )

const noSetting = (key: string) =>
  fail(problem('not_found', `There is no setting ${key.slice(0, 100)}. GET settings lists all.`))

const listRoute: Route = {
  method: 'GET',
  path: '/settings',
  description: 'Settings of the installation: values by key, or with `details=1` a list that says what each does',
  access: administrators('read'),
  accepts: listAccepts,
  answers: z.union([allAnswer, z.array(oneAnswer).describe('Every setting, when `details` is set.')]),
  async handle({ input }, backend) {
    const read = readInput(listAccepts, input)
    if (!read.ok) return read
    const settings = await shown(backend.configStore, backend)
    return ok(read.value.details ? settings.list() : settings.all())
  },
}

const writeRoute = (method: 'POST' | 'PUT'): Route => ({
  method,
  path: '/settings',
  description: 'Change settings: a JSON object of values by key; unknown keys are kept as values of your own',
  access: administrators('write'),
  accepts: writeAccepts,
  answers: allAnswer,
  handle: (request, backend) => {
    const given = valuesOf(request.input)
    if (Object.keys(given).length === 0)
      return Promise.resolve(
        fail(
          problem(
            'validation',
            'Settings are required: send a JSON object such as {"timezone": "Europe/Madrid"}',
            'base',
          ),
        ),
      )
    return change(request, backend, given, async (writer) => ok((await shown(writer, backend)).all()))
  },
})

/** Form builders name one setting and its value apart. */
function valuesOf(input: ApiRequest['input']): Record<string, unknown> {
  const name = input.key ?? input.name
  const isPair = typeof name === 'string' && 'value' in input && Object.keys(input).length === 2
  return isPair ? { [name]: input.value } : { ...input }
}

const change = <T>(
  request: ApiRequest,
  backend: Backend,
  given: Readonly<Record<string, unknown>>,
  answer: (writer: ConfigWriter) => Promise<Result<T>>,
): Promise<Result<T>> =>
  inChange(backend, request, async (tools) => {
    const { writer } = tools
    const now = await shown(writer, backend)
    // What was read is put back whole, with what cannot be changed in it.
    const meant = Object.entries(given).filter(
      ([key, value]) => !(isSettingKey(key) && settingDef(key).readOnly && value === now.all()[key]),
    )
    const { ip } = request.actor
    const written = await writeSettings(Object.fromEntries(meant), writer, { ip, hint: request.hint })
    const followed = written.ok ? await followCurrencySetting(tools) : written
    return followed.ok ? answer(writer) : followed
  })

const oneRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/settings/:key',
    description: 'One setting: value, default and what it does',
    access: administrators('read'),
    answers: oneAnswer,
    async handle({ params: { key = '' } }, backend) {
      const settings = await shown(backend.configStore, backend)
      return settings.has(key) ? ok(settings.one(key)) : noSetting(key)
    },
  },
  {
    method: 'PUT',
    path: '/settings/:key',
    description: 'Set one setting: {"value": …}, or its key in place of `value`',
    access: administrators('write'),
    accepts: z.object({ value: z.unknown().describe('The new value; what it may be depends on the setting.') }),
    answers: oneAnswer,
    async handle(request, backend) {
      const { key = '' } = request.params
      const { input } = request
      const name = ['value', key].find((one) => Object.hasOwn(input, one))
      if (name === undefined) return fail(problem('validation', 'Value is required: send {"value": …}', 'value'))
      return change(request, backend, { [key]: input[name] }, async (writer) =>
        ok((await shown(writer, backend)).one(key)),
      )
    },
  },
  {
    method: 'DELETE',
    path: '/settings/:key',
    description: 'Set one setting back to its default; one of your own is deleted',
    access: administrators('write'),
    answers: oneAnswer.describe('The setting as it was.'),
    handle: (request, backend) =>
      inChange(backend, request, async (tools) => {
        const { writer } = tools
        const { key = '' } = request.params
        const settings = await shown(writer, backend)
        if (!settings.has(key)) return noSetting(key)
        const before = settings.one(key)
        if (before.is_set) await writer.deleteMeta(`${SETTING_PREFIX}${key}`)
        const followed = await followCurrencySetting(tools)
        return followed.ok ? ok(before) : followed
      }),
  },
]

export const settingRoutes: readonly Route[] = [listRoute, writeRoute('POST'), writeRoute('PUT'), ...oneRoutes]
