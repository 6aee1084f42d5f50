import { oneOfFilter } from './families.ts'
import { MOBILE_OPERATORS } from './known-operators.ts'

const KEYS: readonly string[] = Object.keys(MOBILE_OPERATORS)

export const operator = oneOfFilter({
  label: 'Mobile operator',
  help: `The mobile operator is one of these, by its key. An unknown operator never matches. Known by their networks are: ${KEYS.join(', ')}.`,
  group: 'geo',
  example: ['tmobile_us'],
  column: 'operator',
  doubts: (values) =>
    values
      .filter((value) => !KEYS.includes(value.toLowerCase()))
      .map(
        (value) =>
          `asks for ${value}, an operator that is not told apart by its network: write a key such as tmobile_us, or use isp with the name of the provider.`,
      ),
  read: (click) => click.geo.operator,
})
