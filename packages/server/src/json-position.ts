const SPACE = /[ \t\n\r]*/y
const VALUE =
  /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy
const NAME = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"[ \t\n\r]*:/uy

/**
 * Where JSON text stops being JSON, as `line 2, column 7`. The engine's own message gives no position for some faults.
 * Runs only on text that JSON.parse has refused.
 */
export function jsonErrorPosition(text: string): string {
  const before = text.slice(0, errorOffset(text)).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

function errorOffset(text: string): number {
  const open: ('{' | '[')[] = []
  let at = 0
  let expects: 'value' | 'name' | 'end' = 'value'
  // Right after an opening bracket it may be closed at once.
  let isEmpty = false
  const accept = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const isFound = pattern.test(text)
    if (isFound) at = pattern.lastIndex
    return isFound
  }
  for (;;) {
    accept(SPACE)
    const character = text[at]
    if (character === undefined) return at
    const closes: boolean =
      (expects === 'end' || isEmpty) && open.length > 0 && character === (open.at(-1) === '{' ? '}' : ']')
    isEmpty = false
    if (closes) {
      open.pop()
      at++
      expects = 'end'
    } else if (expects === 'end') {
      if (character !== ',' || open.length === 0) return at
      at++
      expects = open.at(-1) === '{' ? 'name' : 'value'
    } else if (expects === 'name') {
      if (!accept(NAME)) return at
      expects = 'value'
    } else if (character === '{' || character === '[') {
      open.push(character)
      at++
      isEmpty = true
      expects = character === '{' ? 'name' : 'value'
    } else {
      if (!accept(VALUE)) return at
      expects = 'end'
    }
  }
}
