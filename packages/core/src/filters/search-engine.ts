import { oneOfFilter } from './families.ts'

export const searchEngine = oneOfFilter({
  label: 'Search engine',
  help: 'The visitor came from one of these search engines.',
  group: 'traffic',
  example: ['google'],
  column: 'search_engine',
  read: (click) => click.searchEngine,
})
