/** Reports and logs at once; more only queue for the same few cores. */
export const READERS = 6
export const WRITERS = 2
/**
 * For processes that hold large texts and batches. By itself glibc gives each thread a pool of its own, and learns from
 * every large piece to keep holes of that size: 70 to 80 MB after a day of traffic. Two pools and holes of 128 kB are enough.
 */
export const SMALL_HOLES = { MALLOC_MMAP_THRESHOLD_: String(128 * 1024), MALLOC_ARENA_MAX: '2' } as const

/**
 * Of the store's process, which must be started with it. Each running statement holds a thread of libuv's pool, and
 * Node's own file and DNS work needs some as well. In a file of its own, so that asking for it does not load the engine.
 *
 * The engine's allocator gives back what is free after a second, not five, which in a busy time is a hundred MB; and each
 * of its fifty threads keeps small pieces only, not half a MB of large ones.
 */
export const STORE_ENVIRONMENT = {
  UV_THREADPOOL_SIZE: String(READERS + WRITERS + 4),
  JE_MALLOC_CONF: 'dirty_decay_ms:1000,tcache_max:4096',
  ...SMALL_HOLES,
} as const
