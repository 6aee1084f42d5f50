/** Reports and logs at once; more only queue for the same few cores. */
export const READERS = 6
export const WRITERS = 2
/**
 * Of the store's process, which must be started with it. Each running statement holds a thread of libuv's pool, and
 * Node's own file and DNS work needs some as well. The engine's allocator gives back what is free after a second, not
 * five, which in a busy time is a hundred MB. In a file of its own, so that asking for it does not load the engine.
 */
export const STORE_ENVIRONMENT = {
  UV_THREADPOOL_SIZE: String(READERS + WRITERS + 4),
  JE_MALLOC_CONF: 'dirty_decay_ms:1000',
} as const
