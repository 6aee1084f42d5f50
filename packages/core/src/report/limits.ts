/** No answer is larger; `total` still tells how many rows there are. */
export const MAX_ROWS = 100_000
