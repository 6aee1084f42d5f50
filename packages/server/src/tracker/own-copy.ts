/**
 * The beginning of a text that visitors sent, as a string of its own. A piece of a string holds on to all of it, and what
 * caches keep must not hold whole requests.
 */
export const ownCopy = (text: string, maxLength: number): string => Buffer.from(text.slice(0, maxLength)).toString()
