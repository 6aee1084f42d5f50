import { textFilter } from './families.ts'

export const xRequestedWith = textFilter({
  label: 'App package',
  help: 'The app whose web view opened the link; masks and regular expressions work.',
  group: 'traffic',
  example: ['com.example.app'],
  column: 'x_requested_with',
  read: (click) => click.xRequestedWith,
})
