export interface ClientOptions {
  /** Address of the tracker, such as `https://tracker.example.com`; with or without `/admin_api/v1`. */
  readonly url: string
  /** The API key; left out in a browser that is logged in, with `csrfToken`. */
  readonly apiKey?: string
  /** Token of the session, from `auth.login` or `auth.session`. */
  readonly csrfToken?: string
  /** How long one try may take. 30 seconds by default. */
  readonly timeoutMs?: number
  /** How often a request that may be repeated is sent again. 2 by default. */
  readonly retries?: number
  /** Told of every hint: something was accepted and is probably not meant. */
  readonly onHint?: (hint: string, operation: string) => void
  /** In place of the built-in fetch. */
  readonly fetch?: typeof fetch
}

/** What one call may have of its own. */
export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly retries?: number
}
