// Evaluates the trees on stdin over the rows on stdin and prints all values as JSON.
import { readFileSync } from 'node:fs'
import { evaluate, Overflow } from '../../web_src/js/expressions.js'

const given = JSON.parse(readFileSync(0, 'utf8'))
const byId = Object.fromEntries(Object.entries(given.rows).map(([shape, rows]) => [shape, new Map(rows.map(r => [r.id, r]))]))

function linked(value) {
  if (Array.isArray(value)) return value.map(linked)
  return value && value.$row ? byId[value.$row[0]].get(value.$row[1]) : value
}
for (const rows of Object.values(given.rows))
  for (const row of rows) for (const name of Object.keys(row)) row[name] = linked(row[name])
for (const name of Object.keys(given.variables)) given.variables[name] = linked(given.variables[name])

function plain(value, kind) {
  if (value === null || value === undefined) return null
  if (kind.startsWith('list')) return value.map(each => plain(each, kind.slice(5)))
  if (kind === 'record') return value.id
  return kind === 'number' || kind === 'length' ? value.toString() : value
}

const user = byId.person.get(1)
const found = given.trees.map(tree =>
  given.rows.order.map(order => {
    try {
      return plain(evaluate(tree, { ...given.env, variables: { ...given.variables, user, this: order } }), tree[1])
    } catch (error) {
      if (error instanceof Overflow) return 'overflow'
      throw error
    }
  }),
)
process.stdout.write(JSON.stringify(found))
