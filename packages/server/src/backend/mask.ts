const MASK = '********'
/** Of shorter secrets the end would tell too much. */
const MIN_SHOWN_CHARS = 16

/** A secret as answers show it: the end of long ones, so that people can tell two apart. */
export const maskSecret = (secret: string): string =>
  secret === '' ? '' : `${MASK}${secret.length < MIN_SHOWN_CHARS ? '' : secret.slice(-4)}`

/** What somebody wrote is a secret as it was shown: the object was read and put back. */
export const isMasked = (written: unknown): boolean => typeof written === 'string' && written.startsWith(MASK)
