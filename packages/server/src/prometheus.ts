import { Counter, Gauge, Registry } from 'prom-client'

/** The metrics of one process, under the product's prefix. */
export interface Metrics {
  counter(name: string, help: string): { inc(): void }
  /** A value read when metrics are asked for. */
  gauge(name: string, help: string, read: () => number): void
  /** Prometheus text. */
  render(): Promise<string>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const common = (name: string, help: string) => ({ name: `trackyard_${name}`, help, registers: [registry] })
  return {
    // The library's own way to count takes longer than the thing that is counted.
    counter(name, help) {
      let count = 0
      new Counter({
        ...common(name, help),
        collect() {
          this.reset()
          this.inc(count)
        },
      })
      return { inc: () => void count++ }
    },
    gauge(name, help, read) {
      new Gauge({
        ...common(name, help),
        collect() {
          this.set(read())
        },
      })
    },
    render: () => registry.metrics(),
  }
}
