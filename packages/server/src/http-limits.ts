/** Longest address and headers of a request. Longer ones are refused in words. */
export const MAX_HEADER_BYTES = 65_536
