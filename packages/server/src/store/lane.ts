/** Runs at most `width` tasks at once, first come first served. */
export class Lane {
  readonly #width: number
  readonly #waiting: (() => void)[] = []
  readonly #idle: (() => void)[] = []
  #running = 0

  constructor(width: number) {
    this.#width = width
  }

  /** Rejects with NotWanted, without running the task, when its turn comes and `wanted` says no. */
  async run<T>(task: () => Promise<T>, wanted: () => boolean): Promise<T> {
    if (this.#running >= this.#width) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      if (!wanted()) throw new NotWanted()
      return await task()
    } finally {
      const next = this.#waiting.shift()
      // The place passes straight to the next in line, so a newcomer cannot slip in between.
      if (next) next()
      else if (--this.#running === 0) for (const done of this.#idle.splice(0)) done()
    }
  }

  async drain(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }
}

export class NotWanted extends Error {
  constructor() {
    super('The caller went away before the statement could start.')
  }
}
