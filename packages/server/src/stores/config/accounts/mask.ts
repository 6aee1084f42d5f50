const SECRET_FIELDS =
  /^(key|token|hash|secret|password|.*(Hash|_hash|Secret|_secret|_keys?|_token|Password|_password|totpPending))$/
/** Names of HTTP headers whose values let somebody in. */
const SECRET_HEADERS = /^(proxy-)?authorization$|^cookie$|(key|token|secret|auth|password)/i
const MASK = '********'

/** Values before and after a change with secrets masked; that a secret changed is still told. */
export function maskSecrets(before: unknown, after: unknown): { before: unknown; after: unknown } {
  return { before: masked(before, undefined), after: masked(after, before) }
}

function masked(value: unknown, other: unknown, secretNames = SECRET_FIELDS): unknown {
  if (!isRecord(value)) return value
  const others = isRecord(other) ? other : {}
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      // A parameter or a label may be called `token`, too: what is written down there is what it is mapped to.
      const isSecret = secretNames.test(key) && !isRecord(inner)
      if (!isSecret || inner === '' || inner === null)
        return [key, masked(inner, others[key], key === 'headers' ? SECRET_HEADERS : SECRET_FIELDS)]
      const isChanged = Object.hasOwn(others, key) && others[key] !== inner
      return [key, isChanged ? `${MASK} (changed)` : MASK]
    }),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
