import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../auth/passwords.ts'
import { type Html, html } from './html.ts'

/** What is wrong, by the name of the field it stands beside. */
export type FieldProblems = Readonly<Partial<Record<'password' | 'password_repeat', string>>>

/** The form that sets the administrator's password. */
export const setupForm = (token: string, problems: FieldProblems): Html =>
  html`<p>Choose a password for the user <code>admin</code>. You will get an API key in return.</p>
<form method="post" action="/admin/setup">
<input type="hidden" name="token" value="${token}">
<input type="text" name="username" value="admin" autocomplete="username" hidden>
${field('password', 'Password', `At least ${MIN_PASSWORD_LENGTH} characters.`, problems)}
${field('password_repeat', 'The same password again', '', problems)}
<button>Save</button>
</form>`

function field(name: keyof FieldProblems, label: string, hint: string, problems: FieldProblems): Html {
  const problem = problems[name] ?? ''
  // The cursor goes to what is to be mended, at first to the first field.
  const isNext = problem !== '' || (name === 'password' && Object.keys(problems).length === 0)
  const described = [hint === '' ? '' : `${name}-hint`, problem === '' ? '' : `${name}-problem`].join(' ').trim()
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="password" autocomplete="new-password" minlength="${String(MIN_PASSWORD_LENGTH)}" maxlength="${String(MAX_PASSWORD_LENGTH)}" required aria-describedby="${described}"${mark(problem !== '', ' aria-invalid="true"')}${mark(isNext, ' autofocus')}>
${hint === '' ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
${problem === '' ? '' : html`<p class="problem" id="${name}-problem" role="alert">${problem}</p>`}`
}

const mark = (isSet: boolean, attribute: string): Html => ({ html: isSet ? attribute : '' })
