const SECRET_FIELDS =
  /^(token|hash|secret|password|.*(Hash|_hash|Secret|_secret|_keys?|Password|_password|totpPending))$/
const MASK = '********'

/** Values before and after a change with secrets masked; that a secret changed is still told. */
export function maskSecrets(before: unknown, after: unknown): { before: unknown; after: unknown } {
  return { before: masked(before, undefined), after: masked(after, before) }
}

function masked(value: unknown, other: unknown): unknown {
  if (!isRecord(value)) return value
  const others = isRecord(other) ? other : {}
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (!SECRET_FIELDS.test(key) || inner === '' || inner === null) return [key, masked(inner, others[key])]
      const isChanged = Object.hasOwn(others, key) && others[key] !== inner
      return [key, isChanged ? `${MASK} (changed)` : MASK]
    }),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
