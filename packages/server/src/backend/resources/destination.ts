import { compileAction, isAction, takesUrl } from '@trackyard/core/actions/index.ts'
import { destinationDoubts } from '@trackyard/core/click/doubts.ts'
import type { Stream } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import type { Problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Input } from '../http/read-body.ts'
import { campaignOf, deadTargetDoubts } from './campaign-target.ts'
import type { SaveTools } from './resource.ts'

interface Destination {
  readonly action_type: string
  readonly action_payload: string | null
  readonly action_options: Readonly<Record<string, unknown>> | null
  readonly files: LocalFiles | null
}

/**
 * Whether the action of an offer or landing page can be carried out. One without a URL or files may be saved as a draft, but
 * not while a stream sends visitors to it.
 */
export async function destinationProblems(
  destination: Destination,
  isUsedBy: (stream: Stream) => boolean,
  reader: ConfigReader,
  isNew: boolean,
): Promise<readonly Problem[]> {
  const compiled = compileAction(destination)
  if (compiled.ok) return []
  if (lacks(destination) !== null && (isNew || !(await reader.list('streams')).some(isUsedBy))) return []
  return compiled.problems
}

/** An offer or landing page that is saved although nobody can be sent there yet. */
export function draftDoubts(destination: Destination, label: string): string[] {
  const lack = lacks(destination)
  if (lack === null) return []
  const cure = lack === 'files' ? 'send them as archive' : `set ${lack === 'URL' ? 'url' : 'action_payload'}`
  return [`The ${label} has no ${lack} yet, so no stream can use it: ${cure}.`]
}

/** What a draft still lacks; null when it can be carried out, or what is wrong is something else. */
function lacks(destination: Destination): 'files' | 'URL' | 'content' | null {
  const compiled = compileAction(destination)
  if (compiled.ok) return null
  const { action_payload: payload, action_type: type } = destination
  if (compiled.problems.some(({ at }) => at !== 'archive' && (at !== 'action_payload' || payload))) return null
  return compiled.problems.some(({ at }) => at === 'archive') ? 'files' : takesUrl(type) ? 'URL' : 'content'
}

/** Whether the campaign that an offer or landing page sends visitors to shows them anything. */
export async function targetDoubts(destination: Destination, label: string, { writer }: SaveTools): Promise<string[]> {
  const target = campaignOf(destination)
  return target === 0 ? [] : deadTargetDoubts(target, `of the ${label}`, unrestricted(writer))
}

/** What is doubtful about the URL of an offer or landing page, which any campaign may use. */
export async function ownUrlDoubts(given: Destination, { writer }: SaveTools): Promise<string[]> {
  const destination = withoutShownFolder(given)
  // Most URLs hold only macros that are known everywhere.
  if (destinationDoubts(destination, []).length === 0) return []
  // Parameters of campaigns that this user cannot see are macros too, but not to be suggested.
  const owners = async (reader: ConfigReader) => [
    ...(await reader.list('campaigns')),
    ...(await reader.list('traffic_sources')),
  ]
  return destinationDoubts(destination, await owners(unrestricted(writer)), await owners(writer))
}

/** Answers show the folder of uploaded files among the options, so an object that is put back has it there. */
function withoutShownFolder(destination: Destination): Destination {
  const { folder, ...options } = destination.action_options ?? {}
  return destination.files && folder === destination.files.folder
    ? { ...destination, action_options: options }
    : destination
}

const TYPE_ACTIONS: Readonly<Record<string, string>> = { preloaded: 'curl', action: 'show_html' }

/**
 * Kind of page and action name each other when the client names one alone: a preloaded copy is fetched, an action shows
 * HTML; what leads to no URL is an action or a local page.
 */
export const withActionOfType =
  (typeField: 'landing_type' | 'offer_type') =>
  (input: Input): Input => {
    const type = String(input[typeField] ?? '')
    const action = String(input.action_type ?? '')
    if (type === '' && isAction(action) && !takesUrl(action)) return { ...input, [typeField]: typeWithoutUrl(action) }
    const named = TYPE_ACTIONS[type]
    return named === undefined || action !== '' ? input : { ...input, action_type: named }
  }

const typeWithoutUrl = (action: string): 'local' | 'action' => (action === 'local_file' ? 'local' : 'action')

/** A page that says it is of one kind while its action makes it another. */
export function typeDoubts(typeField: string, type: string, action: string): string[] {
  const is = `${typeField} is ${type}, but action_type ${action}`
  if (type === 'preloaded' && takesUrl(action) && action !== 'curl')
    return [`${is} leads visitors away: set action_type to curl to show a copy of the page.`]
  if (type === 'external' && !takesUrl(action))
    return [`${is} leads to no URL: set ${typeField} to ${typeWithoutUrl(action)}, or action_type to http.`]
  if (type === 'local' && action !== 'local_file')
    return [`${is} shows none of its files: set action_type to local_file, or ${typeField} to what it is.`]
  return []
}
