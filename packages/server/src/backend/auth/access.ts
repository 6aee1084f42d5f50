import { type EntityKind, entities } from '@trackyard/core/entities/index.ts'
import { accessAreas, mayCreateSome, mayOpen, type Section } from '@trackyard/core/permissions.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { type Actor, isLimitedKey } from './actor.ts'
import { createJudge } from './judge.ts'

export type Verb = 'read' | 'write' | 'create'

/**
 * Who may use a route. Rows are filtered besides by the store that the handler is given (reach.ts), so this says
 * whether a request makes sense at all, and which words refuse it.
 */
export type RouteAccess =
  /** Without any key or session. */
  | { readonly for: 'public'; readonly verb: Verb }
  /** Every user, about themselves or about Trackyard itself. */
  | { readonly for: 'everyone'; readonly verb: Verb }
  | { readonly for: 'administrators'; readonly verb: Verb }
  /** Users to whom every one of these sections is open. */
  | { readonly for: 'section'; readonly sections: readonly Section[]; readonly verb: Verb }
  /** The same, and with a right on the entity whose id is in the path, if there is one. */
  | {
      readonly for: 'entity'
      readonly kind: EntityKind
      readonly verb: Verb
      readonly sections: readonly Section[]
    }

export const anyone = { for: 'public', verb: 'read' } as const satisfies RouteAccess
export const everyone = (verb: Verb): RouteAccess => ({ for: 'everyone', verb })
export const administrators = (verb: Verb): RouteAccess => ({ for: 'administrators', verb })
export const section = (verb: Verb, ...sections: readonly Section[]): RouteAccess => ({
  for: 'section',
  sections,
  verb,
})
/** `sections` are those needed besides the kind's own. */
export const entity = (kind: EntityKind, verb: Verb, ...sections: readonly Section[]): RouteAccess => ({
  for: 'entity',
  kind,
  verb,
  sections: [accessAreas[kind].key, ...sections],
})

/**
 * What speaks against a request, null when nothing does. First of all whether the entity it would change is there for
 * this user: telling that it may not be changed would tell that it exists. For reading, the handler finds nothing.
 */
export async function refusal(
  access: RouteAccess,
  actor: Actor,
  id: number,
  reader: ConfigReader,
): Promise<Problem | null> {
  const hidden =
    access.for === 'entity' && access.verb !== 'read' ? await missing(access.kind, actor, id, reader) : null
  if (hidden) return hidden
  if (access.verb !== 'read' && actor.key?.readOnly)
    return problem('forbidden', 'You have no permission to change anything with this API key: it is read-only.')
  if (actor.access.isAdministrator || access.for === 'public' || access.for === 'everyone') return null
  // Whatever is not one of the known kinds is for administrators, too.
  if (access.for !== 'section' && access.for !== 'entity')
    return problem('forbidden', 'You have no permission to do this: it takes an administrator.')
  const closed = access.sections.find((name) => !mayOpen(actor.access, name))
  if (closed) return problem('forbidden', `You have no permission to open ${words(closed)}: ask an administrator.`)
  return access.for === 'entity' ? entityRefusal(access.kind, access.verb, actor, id, reader) : null
}

/** Keys that can do less than their owner may not hand out rights. */
export const limitedKeyProblem = (actor: Actor): Problem | null =>
  isLimitedKey(actor)
    ? problem(
        'forbidden',
        'This API key is limited (read-only, by address or in time), so it cannot make or change users and keys. Use a full key or log in.',
      )
    : null

/** The path names an entity that is not there, or not for this user. */
async function missing(kind: EntityKind, actor: Actor, id: number, reader: ConfigReader): Promise<Problem | null> {
  if (id === 0) return null
  const found = await reader.get(kind, id)
  if (found && (await createJudge(reader, actor).mayRead(kind, found))) return null
  return problem('not_found', `There is no ${entities[kind].label} ${id}.`)
}

async function entityRefusal(
  kind: EntityKind,
  verb: Verb,
  actor: Actor,
  id: number,
  reader: ConfigReader,
): Promise<Problem | null> {
  const { label } = entities[kind]
  if (verb === 'create' && !mayCreateSome(actor.access, kind))
    return problem('forbidden', `You have no permission to create a ${label}.`)
  if (verb !== 'write' || id === 0) return null
  const judge = createJudge(reader, actor)
  const found = await reader.get(kind, id)
  if (!found || !(await judge.mayRead(kind, found)) || (await judge.mayWrite(kind, found))) return null
  return problem('forbidden', `You have no permission to change this ${label}: you may only see it.`)
}

const words = (name: string): string => name.replaceAll('_', ' ')
