/** Reports and logs at once; more only queue for the same few cores. */
export const READERS = 6
export const WRITERS = 2
/**
 * UV_THREADPOOL_SIZE of the store's process: each running statement holds a thread of libuv's pool, and Node's own file
 * and DNS work needs some as well. In a file of its own, so that asking for it does not load the engine.
 */
export const STORE_THREADPOOL_SIZE = READERS + WRITERS + 4
