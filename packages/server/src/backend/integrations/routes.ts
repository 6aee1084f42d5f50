import { text } from '@trackyard/core/entities/fields.ts'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { administrators } from '../auth/access.ts'
import { readInput } from '../http/read-input.ts'
import { maskSecret } from '../mask.ts'
import { inChange } from '../resources/save.ts'
import type { Route } from '../route.ts'
import { settingOf } from '../settings/setting-store.ts'
import { writeSettings } from '../settings/write-settings.ts'
import { facebookRoutes } from './facebook.ts'

const avscanAnswer = z.object({ avscan_key: z.string().describe('The key, masked; empty when there is none.') })
const avscanInput = z.object({
  avscan_key: text(500).describe('Key of the AVScan service; empty removes it, a masked one leaves it as it is.'),
})

const avscanRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/integrations/avscan',
    description: 'Key of the AVScan service, masked; no check uses it yet',
    access: administrators('read'),
    answers: avscanAnswer,
    handle: async (_, { configStore }) => ok({ avscan_key: maskSecret(await settingOf(configStore, 'avscan_key')) }),
  },
  {
    method: 'PUT',
    path: '/integrations/avscan',
    description: 'Set the key of the AVScan service, the setting avscan_key',
    access: administrators('write'),
    accepts: avscanInput,
    answers: avscanAnswer,
    handle: (request, backend) =>
      inChange(backend, request, async ({ writer }) => {
        const read = readInput(avscanInput, request.input)
        if (!read.ok) return fail(problem('validation', 'AVScan key is required and must be text', 'avscan_key'))
        const by = { ip: request.actor.ip, hint: request.hint }
        const stored = await writeSettings({ avscan_key: read.value.avscan_key }, writer, by)
        return stored.ok ? ok({ avscan_key: maskSecret(await settingOf(writer, 'avscan_key')) }) : stored
      }),
  },
]

/** Services that decide who is a reviewer and show them another page, by the field their address goes in. */
const CLOAKING_VENDORS = { imklo: 'imklo_api_url', hideclick: 'hideclick_api_url' } as const

const refusalOf = (vendor: string): string =>
  `Trackyard has no integration with ${vendor}: it does not work with services that hide pages from reviewers. To keep bots and bad traffic out, use the filters of streams.`

const cloakingRoutes: readonly Route[] = Object.entries(CLOAKING_VENDORS).flatMap(([vendor, field]): Route[] => {
  const answers = z.object({ [field]: z.string().describe('Always empty.') })
  return [
    {
      method: 'GET',
      path: `/integrations/${vendor}`,
      description: `Always empty: Trackyard does not work with services that hide pages from reviewers`,
      access: administrators('read'),
      answers,
      handle: async () => ok({ [field]: '' }),
    },
    {
      method: 'PUT',
      path: `/integrations/${vendor}`,
      description: `Refused with status 422: Trackyard does not work with services that hide pages from reviewers`,
      access: administrators('write'),
      isRefusal: true,
      accepts: z.object({ [field]: z.unknown().describe('Refused unless it is empty.') }),
      answers,
      // What was read may be put back.
      handle: async ({ input }) =>
        input[field] === '' ? ok({ [field]: '' }) : fail(problem('unsupported', refusalOf(vendor))),
    },
  ]
})

export const integrationRoutes: readonly Route[] = [...avscanRoutes, ...facebookRoutes, ...cloakingRoutes]
