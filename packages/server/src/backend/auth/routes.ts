import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import type { ConfigReader, UserFields, UserRow } from '../../stores/config/port.ts'
import type { Backend } from '../context.ts'
import type { ApiRequest, Route } from '../route.ts'
import { isSealed } from '../secret-box.ts'
import { presentUser } from '../users/present.ts'
import * as shapes from '../users/shapes.ts'
import { readNewPassword, textOf } from '../users/user-fields.ts'
import { anyone, everyone, limitedKeyProblem } from './access.ts'
import { hashKey } from './api-keys.ts'
import { hashPassword, isPassword, MAX_PASSWORD_LENGTH } from './passwords.ts'
import { csrfTokenOf, sessionCookie, startSession } from './sessions.ts'
import { createTotpSecret, matchTotp, totpUri } from './totp.ts'

/** Compared with when there is no such user, so that a wrong login takes as long as a wrong password. */
const NOBODYS_HASH = hashPassword('nobody has this password')

export const authRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/auth/login',
    description: 'Log in with login, password and, if set up, totp: answers a cookie and the CSRF token',
    access: anyone,
    accepts: shapes.loginInput,
    answers: shapes.sessionAnswer,
    handle: logIn,
  },
  {
    method: 'POST',
    path: '/auth/logout',
    description: 'End the session',
    answers: shapes.done,
    access: everyone('read'),
    async handle({ actor, http }, backend) {
      http.setHeader('set-cookie', sessionCookie('', http.isHttps))
      if (actor.session) {
        await backend.configStore.removeSession(actor.session.hash)
        await note(backend, actor.login, actor.userId, actor.ip, 'logout', null)
      }
      return ok({})
    },
  },
  {
    method: 'GET',
    path: '/auth/session',
    description: 'Who is logged in, and the CSRF token of the session',
    answers: shapes.sessionAnswer,
    access: everyone('read'),
    async handle({ actor, http }, { configStore }) {
      const user = actor.userId === null ? null : await configStore.getUser(actor.userId)
      if (!actor.session || !user)
        return fail(problem('not_found', 'This request came with an API key: there is no session.'))
      return ok(await sessionAnswer(user, http.sessionToken, configStore))
    },
  },
  {
    method: 'POST',
    path: '/auth/password',
    description: 'Change the own password: password, new_password, new_password_confirmation; ends other sessions',
    access: everyone('write'),
    accepts: shapes.passwordInput,
    answers: shapes.done,
    handle: (request, backend) =>
      changeSelf(request, backend, async () => {
        const problems: ReturnType<typeof problem>[] = []
        const password = readNewPassword(request.input, (at, message) =>
          problems.push(problem('validation', message, at)),
        )
        return problems.length > 0 ? fail(...problems) : ok({ passwordHash: await hashPassword(password) })
      }),
  },
  {
    method: 'POST',
    path: '/auth/totp/enrol',
    description: 'Begin to set up a second factor: answers a secret for the authenticator app; needs password',
    access: everyone('write'),
    accepts: shapes.proof,
    answers: shapes.totpAnswer,
    async handle(request, backend) {
      const secret = createTotpSecret()
      const totpPending = backend.secretBox.seal(secret)
      const saved = await changeSelf(request, backend, async (user) =>
        user.totpSecret === '' ? ok({ totpPending }) : refused('totp', 'is set up already: disable it first'),
      )
      return saved.ok ? ok({ secret, uri: totpUri(secret, request.actor.login) }) : saved
    },
  },
  {
    method: 'POST',
    path: '/auth/totp/confirm',
    description: 'Finish setting up the second factor with its first code; needs password and totp',
    access: everyone('write'),
    accepts: shapes.totpProof,
    answers: shapes.done,
    handle: (request, backend) =>
      changeSelf(request, backend, async (user) => {
        if (user.totpPending === '') return refused('totp', 'is not being set up: begin with auth/totp/enrol')
        const step = matchSealed(user.totpPending, request.input.totp, 0, backend)
        if (step === null) return refused('totp', 'is wrong: check the clock of the device')
        return ok({ totpSecret: user.totpPending, totpPending: '', totpLastStep: step })
      }),
  },
  {
    method: 'POST',
    path: '/auth/totp/disable',
    description: 'Remove the second factor; needs password and a code in totp',
    access: everyone('write'),
    accepts: shapes.totpProof,
    answers: shapes.done,
    handle: (request, backend) =>
      changeSelf(request, backend, async (user) => {
        const step = matchSealed(user.totpSecret, request.input.totp, user.totpLastStep, backend)
        if (user.totpSecret !== '' && step === null) return refused('totp', 'is wrong')
        return ok({ totpSecret: '', totpPending: '', totpLastStep: 0 })
      }),
  },
]

async function logIn({ input, actor: { ip }, http }: ApiRequest, backend: Backend): Promise<Result<unknown>> {
  const { configStore, clock } = backend
  const nowMs = clock.nowMs()
  const login = textOf(input.login).trim().slice(0, 100)
  const waiting = throttled(http, login, ip, nowMs)
  if (waiting) return waiting
  const user = await configStore.findUser(login)
  const isRight = await isPasswordOf(user, textOf(input.password))
  if (!user || !isRight || user.state !== 'active') {
    await note(backend, login, user?.id ?? null, ip, 'login_failed', 'password')
    return fail(problem('unauthorized', 'Login or password is wrong.'))
  }
  if (user.totpSecret !== '' && !(await takeTotp(user, textOf(input.totp), backend))) {
    // Only the owner of the password learns that a code is needed, and a missing one is no attack.
    if (textOf(input.totp) === '') http.throttle.succeeded(login, ip)
    else await note(backend, login, user.id, ip, 'login_failed', 'totp')
    return fail(
      problem(
        'unauthorized',
        textOf(input.totp) === '' ? 'A code is needed: send it as totp.' : 'The code is wrong or was used.',
      ),
    )
  }
  http.throttle.succeeded(login, ip)
  const token = await startSession(configStore, user.id, ip, nowMs)
  await note(backend, user.login, user.id, ip, 'login', null)
  http.setHeader('set-cookie', sessionCookie(token, http.isHttps))
  return ok(await sessionAnswer(user, token, configStore))
}

/** Changes the own user once the password was given again; wrong ones are throttled like log-ins. */
async function changeSelf(
  { input, actor, http }: ApiRequest,
  backend: Backend,
  changesOf: (user: UserRow) => Promise<Result<Partial<UserFields>>>,
): Promise<Result<unknown>> {
  const { configStore, clock } = backend
  const limited = limitedKeyProblem(actor)
  if (limited) return fail(limited)
  const user = actor.userId === null ? null : await configStore.getUser(actor.userId)
  if (!user) return fail(problem('forbidden', 'The key from the settings belongs to no user: log in.'))
  const waiting = throttled(http, user.login, actor.ip, clock.nowMs())
  if (waiting) return waiting
  if (!(await isPasswordOf(user, textOf(input.password)))) return refused('password', 'is wrong')
  http.throttle.succeeded(user.login, actor.ip)
  const changes = await changesOf(user)
  if (!changes.ok) return changes
  return configStore.change({ actor: actor.name, atMs: clock.nowMs() }, async (writer) => {
    await writer.updateUser(user.id, changes.value)
    if (changes.value.passwordHash) await writer.removeSessions(user.id, actor.session?.hash)
    return ok({})
  })
}

function throttled(http: ApiRequest['http'], login: string, ip: string, nowMs: number): Result<never> | null {
  const waitMs = http.throttle.begin(login, ip, nowMs)
  if (waitMs === 0) return null
  const seconds = Math.ceil(waitMs / 1000)
  http.setHeader('retry-after', String(seconds))
  return fail(problem('too_many_requests', `Too many wrong passwords from here: try again in ${seconds} seconds.`))
}

async function isPasswordOf(user: UserRow | null, password: string): Promise<boolean> {
  // Hashing text of any length is what an attacker would like.
  if (password.length > MAX_PASSWORD_LENGTH) return false
  const isRight = await isPassword(password, user?.passwordHash || (await NOBODYS_HASH))
  return isRight && user !== null && user.passwordHash !== ''
}

/** True when the code is right; it is used up then, also against a second log-in at the same time. */
async function takeTotp(user: UserRow, code: string, backend: Backend): Promise<boolean> {
  const { configStore, clock, secretBox } = backend
  const taken = await configStore.change({ actor: user.login, atMs: clock.nowMs() }, async (writer) => {
    const current = await writer.getUser(user.id)
    const step = current ? matchSealed(current.totpSecret, code, current.totpLastStep, backend) : null
    if (!current || step === null) return refused('totp', 'is wrong')
    // Secrets from before there was a box move into it.
    const isOld = !isSealed(current.totpSecret)
    const moved = isOld ? { totpSecret: secretBox.seal(current.totpSecret) } : {}
    await writer.updateUser(user.id, { ...moved, totpLastStep: step })
    return ok(step)
  })
  return taken.ok
}

/** The time step of a right code for a sealed secret; null for a wrong one, no secret, or one that cannot be opened. */
function matchSealed(sealed: string, code: unknown, lastStep: number, { secretBox, clock }: Backend): number | null {
  const secret = secretBox.open(sealed)
  return secret ? matchTotp(secret, textOf(code), clock.nowMs(), lastStep) : null
}

const note = (
  { configStore, clock }: Backend,
  login: string,
  userId: number | null,
  ip: string,
  action: 'login' | 'login_failed' | 'logout',
  why: string | null,
) =>
  configStore.change({ actor: login, login, userId, ip, via: 'ui', atMs: clock.nowMs() }, async (writer) =>
    ok(await writer.note({ action, kind: 'users', entityId: userId ?? 0, before: null, after: why && { wrong: why } })),
  )

const sessionAnswer = async (user: UserRow, token: string, reader: ConfigReader) => ({
  user: presentUser(user, (await reader.listApiKeys(user.id)).length),
  csrf_token: csrfTokenOf(token),
  session_id: hashKey(token).slice(0, 8),
})

const refused = (at: string, message: string) => fail(problem('validation', message, at))
