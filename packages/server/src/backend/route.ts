import type { Result } from '@trackyard/core/result.ts'
import type { z } from 'zod'
import type { RouteAccess } from './auth/access.ts'
import type { Actor } from './auth/actor.ts'
import type { Throttle } from './auth/throttle.ts'
import type { Backend } from './context.ts'
import type { Presented } from './dialect/answer-shape.ts'
import type { Dialect } from './dialect/dialect.ts'
import type { Input } from './http/read-body.ts'

/** One route of the Admin API as data: registered, listed and documented from the same entry. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/admin_api/v1`; `:id` is a number. */
  readonly path: string
  readonly description: string
  /** Who may use it. */
  readonly access: RouteAccess
  /** Takes files, so its body may be as long as uploads may. */
  readonly isUpload?: true
  /** Its body may not be longer even where the installation allows longer uploads. */
  readonly maxBodyBytes?: number
  /** Path of the route that this is another name of. */
  readonly aliasOf?: string
  /** What is read from query string and body, each field with a description; without it nothing is read. */
  readonly accepts?: z.ZodObject
  /** Further names that fields of `accepts` go by; their descriptions say so. */
  readonly alsoReads?: readonly string[]
  /** A body that does what the route is for where its ids are: the docs page offers it to be carried out. */
  readonly example?: Input
  /** What is answered in the modern dialect, each field with a description; without it the body is empty. */
  readonly answers?: z.ZodType
  /** Its handler tells of fields that nobody reads; for the others that is done in one place (http/unknown-fields). */
  readonly tellsUnknownFields?: true
  /** Does not do what its name promises, by design: refuses with what to do instead. */
  readonly isRefusal?: true
  /** Content type of an answer that is no JSON. */
  readonly answerType?: string
  /** Content types of the files it may be asked to answer instead. */
  readonly alsoAnswers?: readonly string[]
  /** The entities it answers, when it does: what other dialects answer follows from it. */
  readonly presents?: Presented
  /** What goes out as JSON, or as it is when it is a RawAnswer; undefined is an empty body. */
  handle(request: ApiRequest, backend: Backend): Promise<Result<unknown>>
}

export interface ApiRequest {
  /** Path parameters. */
  readonly params: Readonly<Record<string, string>>
  /** Query string and body as one; the body wins (reference admin-api §1.2). */
  readonly input: Input
  readonly actor: Actor
  /** Shapes to answer in. */
  readonly dialect: Dialect
  readonly http: HttpTools
  /**
   * Tells the client about something that was accepted and is probably not meant, in a sentence that names field and
   * cure. It goes out as a header beside the answer, because bodies keep the shape that clients know.
   */
  hint(sentence: string): void
}

/** What logging in needs besides. */
export interface HttpTools {
  /** Sets a header of the answer. */
  setHeader(name: string, value: string): void
  /** The browser came by HTTPS, as far as it says so. */
  readonly isHttps: boolean
  /** Token of the session cookie, '' without one. */
  readonly sessionToken: string
  readonly throttle: Throttle
}

/** The id of the path, or 0, which nothing has. */
export const idOf = ({ params }: Pick<ApiRequest, 'params'>): number =>
  /^\d{1,15}$/.test(params.id ?? '') ? Number(params.id) : 0
