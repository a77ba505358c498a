// The browser's executor of formulas: evaluates the typed trees that the server ships (engine/expressions/browser.py),
// with the same results to the last digit. No dependency.
//
// Inside, a number is a BigInt of 10^-8, a date an ISO text, a time of day a BigInt of microseconds since midnight, a moment
// a BigInt of microseconds since 1970 (UTC), a length a BigInt of microseconds, a location a JSON text, a record an object of
// its members. In `env.variables` members may be as JSON has them: numbers
// as text or Decimal, moments as ISO text, lengths as a number of seconds or text of microseconds; lines are arrays of objects with `parent`. Empty is null (or undefined).

import { addressText } from './address.js'
import { capitals } from './capitals.js'

const UNIT = 100000000n
const LIMIT = 10n ** 28n
const MOST_LENGTH = 10n ** 18n
const MICROS_A_DAY = 86400000000n
const LAST_DAY = 3652059

export class Overflow extends Error {}
export class NeedsServer extends Error {}

// -- numbers ----------------------------------------------------------------------------------------------------------

const abs = x => (x < 0n ? -x : x)

function kept(units) {
  if (abs(units) >= LIMIT) throw new Overflow('number')
  return units
}

function halfAway(a, b) {
  if (b < 0n) [a, b] = [-a, -b]
  const found = (2n * abs(a) + b) / (2n * b)
  return a < 0n ? -found : found
}

function floorDivide(a, b) {
  const found = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? found - 1n : found
}

function parseUnits(text) {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3}))?$/.exec(text)
  if (!match || !(match[2] || match[3])) return null
  const places = match[3] || ''
  const shift = 8 - places.length + Number(match[4] || 0)
  const digits = BigInt(match[2] + places)
  const found = shift >= 0 ? digits * 10n ** BigInt(shift) : halfAway(digits, 10n ** BigInt(-shift))
  return match[1] === '-' ? -found : found
}

function unitsText(units) {
  const digits = abs(units).toString().padStart(9, '0')
  const places = digits.slice(-8).replace(/0+$/, '')
  return (units < 0n ? '-' : '') + digits.slice(0, -8) + (places && '.' + places)
}

/** An exact number of up to 8 decimals. */
export class Decimal {
  constructor(units) {
    this.units = units
  }

  /** From text, a number or a Decimal; null when it is empty or no number. More decimals are rounded half away from zero. */
  static from(given) {
    if (given instanceof Decimal) return given
    if (given === null || given === undefined) return null
    const units = parseUnits(String(given).trim())
    return units === null ? null : new Decimal(units)
  }

  toString() {
    return unitsText(this.units)
  }

  toJSON() {
    return unitsText(this.units)
  }

  toNumber() {
    return Number(unitsText(this.units))
  }
}

const wholePart = units => units / UNIT

function toDigits(digits) {
  const n = wholePart(digits)
  return n > 8n ? 8n : n < -15n ? -15n : n
}

function rounded(units, digits, away) {
  const step = 10n ** (8n - toDigits(digits))
  const rest = abs(units) % step
  let found = abs(units) - rest
  if (away(rest, step)) found += step
  return kept(units < 0n ? -found : found)
}

function squareRoot(n) {
  if (n < 2n) return n
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (;;) {
    const y = (x + n / x) >> 1n
    if (y >= x) return x
    x = y
  }
}

const ONE = 10n ** 60n

function series(x) {
  const z = ((x - ONE) * ONE) / (x + ONE)
  const square = (z * z) / ONE
  let term = z
  let found = 0n
  for (let k = 1n; term; k += 2n) {
    found += term / k
    term = (term * square) / ONE
  }
  return 2n * found
}

function logarithm(scaled) {
  let x = scaled * (ONE / UNIT)
  let twos = 0n
  for (; x > 2n * ONE; twos++) x /= 2n
  for (; x < ONE; twos--) x *= 2n
  return series(x) + twos * series(2n * ONE)
}

function exponential(x) {
  const work = ONE * 10n ** 20n
  const small = (abs(x) * 10n ** 20n) >> 32n
  let term = work
  let found = 0n
  for (let k = 1n; term; k++) {
    found += term
    term = (term * small) / work / k
  }
  for (let i = 0; i < 32; i++) found = (found * found) / work
  return x >= 0n ? found / 10n ** 20n : (ONE * work) / found
}

function power(x, n) {
  const whole = n % UNIT === 0n
  const times = wholePart(n)
  if (whole && abs(times) <= 100n) {
    let top = x ** abs(times)
    let scale = 10n ** (8n * abs(times))
    if (n < 0n) [top, scale] = [scale, top]
    return scale ? kept(halfAway(top * UNIT, scale)) : null
  }
  if (!x) return n > 0n ? 0n : null
  if (x < 0n && !whole) return null
  const exponent = floorDivide(logarithm(abs(x)) * n, UNIT)
  if (exponent > 47n * ONE) throw new Overflow('number')
  const found = exponent < -47n * ONE ? 0n : halfAway(exponential(exponent) * UNIT, ONE)
  return kept(x < 0n && times % 2n ? -found : found)
}

// -- dates ------------------------------------------------------------------------------------------------------------

const pad = (n, width) => String(n).padStart(width, '0')
const leap = y => y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0)
const BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const daysIn = (y, m) => (m === 2 ? (leap(y) ? 29 : 28) : [4, 6, 9, 11].includes(m) ? 30 : 31)
const yearDay = (y, m, d) => BEFORE[m - 1] + d + (m > 2 && leap(y) ? 1 : 0)
const parts = day => [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))]
const isoDay = (y, m, d) => `${pad(y, 4)}-${pad(m, 2)}-${pad(d, 2)}`

function ordinal(day) {
  const [y, m, d] = parts(day)
  const n = y - 1
  return n * 365 + Math.floor(n / 4) - Math.floor(n / 100) + Math.floor(n / 400) + yearDay(y, m, d)
}

function fromOrdinal(n) {
  if (n < 1 || n > LAST_DAY) return null
  let y = Math.max(1, Math.floor((n - 1) / 365.2425))
  while (y < 9999 && ordinal(isoDay(y + 1, 1, 1)) <= n) y++
  const rest = n - ordinal(isoDay(y, 1, 1)) + 1
  let m = 1
  while (m < 12 && yearDay(y, m + 1, 1) <= rest) m++
  return isoDay(y, m, rest - yearDay(y, m, 1) + 1)
}

// a whole number that may be too large to be exact, but then it is out of any range as well
const count = units => Number(wholePart(units))

const later = (day, days) => fromOrdinal(ordinal(day) + days)

function made(y, m, d) {
  const months = y * 12 + m - 1
  if (!(months >= 12 && months < 120000)) return null
  return later(isoDay(Math.floor(months / 12), (months % 12) + 1, 1), d - 1)
}

function monthsLater(day, months) {
  const [y, m, d] = parts(day)
  const first = made(y, m + months, 1)
  if (first === null) return null
  const [fy, fm] = parts(first)
  return isoDay(fy, fm, Math.min(d, daysIn(fy, fm)))
}

function monthEnd(day, months) {
  const first = monthsLater(day.slice(0, 8) + '01', months)
  if (first === null) return null
  const [y, m] = parts(first)
  return isoDay(y, m, daysIn(y, m))
}

function between(start, end, unit) {
  if (unit === 'd') return ordinal(end) - ordinal(start)
  if (end < start) return -between(end, start, unit)
  const [y1, m1, d1] = parts(start)
  const [y2, m2, d2] = parts(end)
  const months = (y2 - y1) * 12 + m2 - m1 - (d2 < d1 ? 1 : 0)
  return unit === 'y' ? Math.floor(months / 12) : months
}

// 0 is Monday
const weekdayIndex = day => (ordinal(day) + 6) % 7

function period(day, unit) {
  const [y, m] = parts(day)
  if (unit === 'year') return isoDay(y, 1, 1)
  if (unit === 'quarter') return isoDay(y, Math.floor((m - 1) / 3) * 3 + 1, 1)
  if (unit === 'month') return isoDay(y, m, 1)
  return unit === 'week' ? later(day, -weekdayIndex(day)) : day
}

const weekday = (day, kind) => (kind === 1 ? ((weekdayIndex(day) + 1) % 7) + 1 : weekdayIndex(day) + 1)

function isoWeek(day) {
  const [y] = parts(day)
  const starts = year => {
    const january4 = ordinal(isoDay(year, 1, 4))
    return january4 - ((january4 + 6) % 7)
  }
  let year = y
  if (year > 1 && ordinal(day) < starts(y)) year = y - 1
  else if (y < 9999 && ordinal(day) >= starts(y + 1)) year = y + 1
  return Math.floor((ordinal(day) - starts(year)) / 7) + 1
}

function weekNumber(day, kind) {
  if (kind === 21) return isoWeek(day)
  const [y, m, d] = parts(day)
  return Math.floor((yearDay(y, m, d) - 1 + weekday(isoDay(y, 1, 1), kind) - 1) / 7) + 1
}

function workdaysLater(day, days) {
  if (!days) return day
  const step = days > 0 ? 1 : -1
  let here = weekdayIndex(day)
  if (here > 4) {
    day = later(day, step > 0 ? 4 - here : 7 - here)
    if (day === null) return null
    here = step > 0 ? 4 : 0
  }
  const weeks = Math.floor(Math.abs(days) / 5)
  const rest = Math.abs(days) % 5
  const over = step > 0 ? here + rest > 4 : here - rest < 0
  return later(day, step * (weeks * 7 + rest + (over ? 2 : 0)))
}

function workdays(start, end) {
  if (end < start) return -workdays(end, start)
  const days = ordinal(end) - ordinal(start) + 1
  let found = Math.floor(days / 7) * 5
  for (let i = 0; i < days % 7; i++) if ((weekdayIndex(start) + i) % 7 < 5) found++
  return found
}

// -- working days of a calendar; see workdays.py

const isWorked = (day, week) => week[weekdayIndex(day)] === '1'
const eachWeek = week => week.replaceAll('0', '').length

function weekdaysLater(day, days, week) {
  const each = eachWeek(week)
  if (!each) return null
  const step = days > 0 ? 1 : -1
  const weeks = Math.floor((Math.abs(days) - 1) / each)
  let rest = ((Math.abs(days) - 1) % each) + 1
  let shift = 0
  while (rest) {
    shift += step
    if (week[(((weekdayIndex(day) + shift) % 7) + 7) % 7] === '1') rest--
  }
  return later(day, step * weeks * 7 + shift)
}

function workedLater(day, days, week, holidays) {
  const off = [...new Set(holidays)].filter(each => isWorked(each, week))
  const step = days > 0 ? 1 : -1
  while (days && day !== null) {
    const before = day
    day = weekdaysLater(day, days, week)
    if (day === null) return null
    const [low, high] = before < day ? [before, day] : [day, before]
    days = step * off.filter(each => low <= each && each <= high && each !== before).length
  }
  return day
}

function workedBetween(start, end, week, holidays) {
  if (end < start) return -workedBetween(end, start, week, holidays)
  const days = ordinal(end) - ordinal(start) + 1
  let found = Math.floor(days / 7) * eachWeek(week)
  for (let i = 0; i < days % 7; i++) if (week[(weekdayIndex(start) + i) % 7] === '1') found++
  return found - [...new Set(holidays)].filter(each => start <= each && each <= end && isWorked(each, week)).length
}

// -- moments ----------------------------------------------------------------------------------------------------------

const EPOCH = 719163n // the ordinal of 1970-01-01
const FIRST = (1n - EPOCH) * MICROS_A_DAY
const PAST = (BigInt(LAST_DAY) + 1n - EPOCH) * MICROS_A_DAY

const LATEST = PAST - 2n * MICROS_A_DAY

const inRange = micros => (micros >= FIRST && micros < PAST ? micros : null)

function parseMoment(text) {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  if (!match) return null
  const [, day, h, m, s, fraction, zone] = match
  let seconds = BigInt(h) * 3600n + BigInt(m) * 60n + BigInt(s || 0)
  if (zone && zone !== 'Z') {
    const away = BigInt(zone.slice(1, 3)) * 3600n + BigInt(zone.slice(-2)) * 60n
    seconds += zone[0] === '-' ? away : -away
  }
  return (BigInt(ordinal(day)) - EPOCH) * MICROS_A_DAY + seconds * 1000000n + BigInt((fraction || '').padEnd(6, '0'))
}

function clockParts(micros) {
  const days = floorDivide(micros, MICROS_A_DAY)
  const seconds = Number((micros - days * MICROS_A_DAY) / 1000000n)
  const [y, m, d] = parts(fromOrdinal(Number(days + EPOCH)))
  return { y, m, d, h: Math.floor(seconds / 3600), minute: Math.floor(seconds / 60) % 60, s: seconds % 60 }
}

const clocks = new Map()

function local(micros, zone) {
  let clock = clocks.get(zone)
  if (!clock) {
    const fields = { era: 'short', year: 'numeric', month: 'numeric', day: 'numeric' }
    const times = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' }
    clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, calendar: 'gregory', ...fields, ...times })
    clocks.set(zone, clock)
  }
  const found = {}
  for (const { type, value } of clock.formatToParts(Number(floorDivide(micros, 1000n)))) found[type] = value
  const y = Number(found.year)
  if (found.era !== 'AD' || y > 9999) return clockParts(micros)
  return {
    y, m: Number(found.month), d: Number(found.day), h: Number(found.hour), minute: Number(found.minute), s: Number(found.second),
  }
}

// the moment of a day and a time on the organisation's clock; see dates.moment
function momentOf(day, at, env) {
  const here = (BigInt(ordinal(day)) - EPOCH) * MICROS_A_DAY + at
  const away = micros => {
    // a day and more away from the calendar's ends, where the organisation's clock may have no date
    const within = micros < FIRST + 2n * MICROS_A_DAY ? FIRST + 2n * MICROS_A_DAY : micros > LATEST ? LATEST : micros
    const { y, m, d, h, minute, s } = local(within, env.zone)
    const shown = (BigInt(ordinal(isoDay(y, m, d))) - EPOCH) * MICROS_A_DAY + BigInt(h * 3600 + minute * 60 + s) * 1000000n
    return shown - floorDivide(within, 1000000n) * 1000000n
  }
  const offsets = [away(here - MICROS_A_DAY), away(here + MICROS_A_DAY)]
  const fitting = offsets.filter(offset => away(here - offset) === offset)
  const least = offsets[0] < offsets[1] ? offsets[0] : offsets[1]
  return inRange(here - (fitting.length === 1 ? fitting[0] : least))
}

const clockAfter = (at, length) => (((at + length) % MICROS_A_DAY) + MICROS_A_DAY) % MICROS_A_DAY

function clockText(at) {
  const { h, minute, s } = clockParts(at)
  return `${pad(h, 2)}:${pad(minute, 2)}:${pad(s, 2)}.${pad(at % 1000000n, 6)}`
}

function parseClock(text) {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/.exec(text)
  if (!match) return null
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] || 0)
  return BigInt(seconds) * 1000000n + BigInt((match[4] || '').padEnd(6, '0'))
}

function dayOf(value, env) {
  if (typeof value === 'string') return value
  const { y, m, d } = local(value, env.zone)
  return isoDay(y, m, d)
}

const clockOf = (value, kind, env) => (kind === 'time' ? clockParts(value) : local(value, env.zone))

function momentText(micros) {
  const { y, m, d, h, minute, s } = clockParts(micros)
  const fraction = micros - floorDivide(micros, 1000000n) * 1000000n
  return `${isoDay(y, m, d)}T${pad(h, 2)}:${pad(minute, 2)}:${pad(s, 2)}.${pad(fraction, 6)}Z`
}

// -- formats ----------------------------------------------------------------------------------------------------------

const PIECE = /"([^"]*)"|[\\!]([\s\S])|\[([^\]]*)\]|_([\s\S])|\*([\s\S])|(AM\/PM|am\/pm|上午\/下午)|(([A-Za-z])\8*)|([\s\S])/gu
const [QUOTED, ESCAPED, BRACKET, BLANK, FILLER, NOON, LETTERS, OTHER] = [1, 2, 3, 4, 5, 6, 7, 9]

// what a piece writes as it stands; undefined: it is no word
function wordOf(piece) {
  if (piece[BLANK] !== undefined) return ' '
  if (piece[FILLER] !== undefined) return ''
  if (piece[BRACKET] !== undefined) return /^\$([^-\]]*)(?:-[0-9A-Za-z]+)?$/.exec(piece[BRACKET])?.[1]
  return piece[QUOTED] ?? piece[ESCAPED]
}

function section(pieces) {
  let before = ''
  let after = ''
  let core = ''
  let percent = 0n
  let test = null
  const inserts = []
  for (const piece of pieces) {
    let word = wordOf(piece)
    if (word === undefined && piece[BRACKET] !== undefined) {
      const given = /^(<=|>=|<>|<|>|=)(.+)$/.exec(piece[BRACKET])
      if (given) test = [given[1], parseUnits(given[2])]
      continue
    }
    if (word === undefined && '0#?,.'.includes(piece[0])) {
      if (after) {
        inserts.push([core.replace(/[^0#?]/g, '').length, after])
        after = ''
      }
      core += piece[0]
      continue
    }
    if (word === undefined) {
      if (piece[0] === '%') percent++
      word = piece[0]
    }
    if (core) after += word
    else before += word
  }
  if (!core) return { before, digits: false, test }
  const [, whole = '', commas = '', places = '', more = ''] = /^([0#?,]*[0#?])?(,*)(?:\.([0#?]*)(,*))?$/.exec(core) || []
  const bare = whole.replaceAll(',', '')
  return {
    before, after, digits: true, test,
    leastWhole: bare.includes('0') ? bare.length - bare.indexOf('0') : 0,
    leastPlaces: places.lastIndexOf('0') + 1,
    mostPlaces: places.length,
    grouped: whole.includes(','),
    factor: 100n ** percent,
    divisor: 1000n ** BigInt(commas.length + more.length),
    inserts: inserts.map(([ahead, word]) => [bare.length - ahead, word]),
  }
}

function sections(format) {
  const found = [[]]
  for (const piece of format.matchAll(PIECE)) {
    if (piece[OTHER] === ';') found.push([])
    else found[found.length - 1].push(piece)
  }
  return found.map(section)
}

const TESTS = {
  '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b,
  '=': (a, b) => a === b, '<>': (a, b) => a !== b,
}

function chosenSection(units, all) {
  const minus = units < 0n ? '-' : ''
  if (all.some(each => each.test)) {
    return [all.find(each => !each.test || TESTS[each.test[0]](units, each.test[1])) ?? all[all.length - 1], minus]
  }
  if (!units && all.length > 2) return [all[2], '']
  return units < 0n && all.length > 1 ? [all[1], ''] : [all[0], minus]
}

function numberText(units, format) {
  if (format.toLowerCase() === 'general') return unitsText(units)
  const [chosen, minus] = chosenSection(units, sections(format))
  if (!chosen.digits) return chosen.before
  const shift = 10n ** BigInt(chosen.mostPlaces)
  const amount = halfAway(abs(units) * chosen.factor * shift, UNIT * chosen.divisor)
  let whole = (amount / shift).toString()
  let places = chosen.mostPlaces ? (amount % shift).toString().padStart(chosen.mostPlaces, '0') : ''
  while (places.length > chosen.leastPlaces && places.endsWith('0')) places = places.slice(0, -1)
  whole = whole === '0' ? '0'.repeat(chosen.leastWhole) : whole.padStart(chosen.leastWhole, '0')
  if (chosen.grouped) whole = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  for (const [behind, word] of chosen.inserts) {
    const at = Math.max(whole.length - behind, 0)
    whole = whole.slice(0, at) + word + whole.slice(at)
  }
  return (amount ? minus : '') + chosen.before + whole + (places && '.' + places) + chosen.after
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const WEEKDAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')
const NAMES = {
  mmm: at => MONTHS[at.m - 1].slice(0, 3),
  mmmm: at => MONTHS[at.m - 1],
  ddd: at => WEEKDAYS[weekdayIndex(isoDay(at.y, at.m, at.d))].slice(0, 3),
  dddd: at => WEEKDAYS[weekdayIndex(isoDay(at.y, at.m, at.d))],
  aaa: at => '一二三四五六日'[weekdayIndex(isoDay(at.y, at.m, at.d))],
  aaaa: at => '星期' + '一二三四五六日'[weekdayIndex(isoDay(at.y, at.m, at.d))],
}

function dateText(at, format) {
  const pieces = [...format.matchAll(PIECE)]
  const runs = pieces.map(piece => (piece[LETTERS] ? piece[LETTERS][0].toLowerCase() : ''))
  const half = pieces.some(piece => piece[NOON])
  return pieces.map((piece, i) => {
    const run = piece[LETTERS]
    if (piece[NOON]) {
      const [early, late] = piece[NOON][0] === '上' ? ['上午', '下午'] : ['AM', 'PM']
      return at.h < 12 ? early : late
    }
    if (!run) return wordOf(piece) ?? piece[OTHER]
    if (run.toLowerCase() in NAMES) return NAMES[run.toLowerCase()](at)
    if (runs[i] === 'w') return pad(weekNumber(isoDay(at.y, at.m, at.d), 1), Math.min(run.length, 2))
    if (runs[i] === 'y') return run.length > 2 ? pad(at.y, 4) : pad(at.y % 100, 2)
    const beside = runs.slice(0, i).reverse().find(Boolean) === 'h' || runs.slice(i + 1).find(Boolean) === 's'
    const kind = runs[i] === 'm' && run[0] === 'm' && beside ? 'minute' : runs[i]
    return pad(kind === 'h' && half ? ((at.h + 11) % 12) + 1 : at[kind], Math.min(run.length, 2))
  }).join('')
}

function shown(value, kind, format, env) {
  if (value === null) return ''
  if (kind === 'number') return format === null ? unitsText(value) : numberText(value, format)
  if (kind === 'date') {
    const [y, m, d] = parts(value)
    return dateText({ y, m, d, h: 0, minute: 0, s: 0 }, format ?? 'yyyy-MM-dd')
  }
  if (kind === 'instant') return dateText(local(value, env.zone), format ?? 'yyyy-MM-dd HH:mm')
  if (kind === 'time') return dateText(clockParts(value), format ?? 'HH:mm')
  return String(value)
}

/** A value as text in an Excel format (null: as usual). `kind`: number, date, time, instant, text, boolean. */
export function formatValue(value, kind, format = null, zone = 'UTC') {
  return shown(inward(value, kind), kind, format, { zone })
}

// -- texts: by code point ---------------------------------------------------------------------------------------------

const points = text => Array.from(text)

function compareText(a, b) {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    // halves of characters beyond U+FFFF stand below U+E000 in UTF-16, but mean more
    if (x >= 0xd800 && y >= 0xd800) {
      if (x < 0xe000) x += 0x10000
      if (y < 0xe000) y += 0x10000
    }
    return x - y
  }
  return a.length - b.length
}

function compare(a, b) {
  if (typeof a === 'string') return compareText(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

const atLeast = (units, least = 0) => Math.max(count(units), least)

function readNumber(text) {
  const word = text.replace(/^ +| +$/g, '')
  if (!/^[+-]?[0-9]+(\.[0-9]+)?$/.test(word) || word.replace(/^[+-]/, '').length > 60) return null
  if (word.replace(/^[+-]/, '').split('.')[0].replace(/^0+/, '').length > 20) return null
  return kept(parseUnits(word))
}

// see places.py
function distance(a, b) {
  const [south, west, north, east] = [a.latitude, a.longitude, b.latitude, b.longitude].map(x => (Number(x) * Math.PI) / 180)
  const [up, over] = [Math.sin((north - south) / 2), Math.sin((east - west) / 2)]
  const way = up * up + Math.cos(south) * Math.cos(north) * over * over
  return BigInt(Math.round(2 * 6371008.8 * Math.asin(Math.sqrt(Math.min(1, way))))) * UNIT
}

const shiftCase = (text, pattern, by) => text.replace(pattern, c => String.fromCharCode(c.charCodeAt(0) + by))

// -- functions: of values that are not null ---------------------------------------------------------------------------

const number = n => BigInt(n) * UNIT
const ONE_UNIT = UNIT

const FUNCTIONS = {
  ABS: (_, x) => abs(x),
  ROUND: (_, x, n = 0n) => rounded(x, n, (rest, step) => 2n * rest >= step),
  ROUNDUP: (_, x, n = 0n) => rounded(x, n, rest => rest > 0n),
  ROUNDDOWN: (_, x, n = 0n) => rounded(x, n, () => false),
  INT: (_, x) => kept(floorDivide(x, UNIT) * UNIT),
  MOD: (_, a, b) => (b ? a - floorDivide(a, b) * b : null),
  POWER: (_, x, n) => power(x, n),
  SQRT: (_, x) => (x < 0n ? null : (squareRoot(x * 4n * UNIT) + 1n) / 2n),
  RMBCAP: (_, x) => capitals(halfAway(x, 1000000n)),
  LEN: (_, t) => number(points(t).length),
  LEFT: (_, t, n = ONE_UNIT) => points(t).slice(0, atLeast(n)).join(''),
  RIGHT: (_, t, n = ONE_UNIT) => points(t).slice(Math.max(points(t).length - atLeast(n), 0)).join(''),
  MID: (_, t, start, n) => points(t).slice(atLeast(start, 1) - 1).slice(0, atLeast(n)).join(''),
  FIND: (_, part, t, start = ONE_UNIT) => {
    const all = points(t)
    const first = atLeast(start, 1) - 1
    if (first > all.length) return null
    const found = all.slice(first).join('').indexOf(part)
    return found < 0 ? null : number(first + points(all.slice(first).join('').slice(0, found)).length + 1)
  },
  CONTAINS: (_, t, part) => t.includes(part),
  STARTSWITH: (_, t, part) => t.startsWith(part),
  TRIM: (_, t) => t.replace(/^ +| +$/g, ''),
  UPPER: (_, t) => shiftCase(t, /[a-z]/g, -32),
  LOWER: (_, t) => shiftCase(t, /[A-Z]/g, 32),
  SUBSTITUTE: (_, t, old, to) => (old ? t.split(old).join(to) : t),
  NUMBER: (_, t) => readNumber(t),
  NEWLINE: () => '\n',
  TODAY: env => env.today,
  NOW: env => parseMoment(env.now),
  DATE: (_, y, m, d) => made(count(y), count(m), count(d)),
  TIME: (_, h, m, s = 0n) => clockAfter(0n, (wholePart(h) * 3600n + wholePart(m) * 60n + wholePart(s)) * 1000000n),
  YEAR: (env, x) => number(parts(dayOf(x, env))[0]),
  MONTH: (env, x) => number(parts(dayOf(x, env))[1]),
  DAY: (env, x) => number(parts(dayOf(x, env))[2]),
  WEEKDAY: (env, x, kind = ONE_UNIT) => ([number(1), number(2)].includes(kind) ? number(weekday(dayOf(x, env), count(kind))) : null),
  WEEKNUM: (env, x, kind = ONE_UNIT) =>
    [number(1), number(2), number(21)].includes(kind) ? number(weekNumber(dayOf(x, env), count(kind))) : null,
  HOUR: (env, x, kind) => number(clockOf(x, kind, env).h),
  MINUTE: (env, x, kind) => number(clockOf(x, kind, env).minute),
  SECOND: (env, x, kind) => number(clockOf(x, kind, env).s),
  EDATE: (_, d, n) => monthsLater(d, count(n)),
  EOMONTH: (_, d, n) => monthEnd(d, count(n)),
  DATEDIF: (_, a, b, unit) => number(between(a, b, unit.toLowerCase())),
  PERIOD(env, d, unit) {
    const word = unit.toLowerCase()
    if (word !== 'hour' && word !== 'minute') return period(dayOf(d, env), word)
    const { minute, s } = local(d, env.zone)
    const since = BigInt((word === 'hour' ? minute * 60 : 0) + s) * 1000000n + d - floorDivide(d, 1000000n) * 1000000n
    return inRange(d - since)
  },
  DISTANCE: (_, a, b) => distance(placeOf(a), placeOf(b)),
  WORKDAY: (_, d, n, week, holidays) => (week ? workedLater(d, count(n), week, holidays) : workdaysLater(d, count(n))),
  NETWORKDAYS: (_, a, b, week, holidays) => number(week ? workedBetween(a, b, week, holidays) : workdays(a, b)),
}

function length(micros) {
  if (abs(micros) >= MOST_LENGTH) throw new Overflow('length')
  return micros
}

const ARITHMETIC = {
  'number+number': (a, b) => kept(a + b),
  'number-number': (a, b) => kept(a - b),
  'number*number': (a, b) => kept(halfAway(a * b, UNIT)),
  'number/number': (a, b) => (b ? kept(halfAway(a * UNIT, b)) : null),
  'date+number': (d, n) => later(d, count(n)),
  'number+date': (n, d) => later(d, count(n)),
  'date-number': (d, n) => later(d, -count(n)),
  'date-date': (a, b) => number(ordinal(a) - ordinal(b)),
  'instant+length': (t, l) => inRange(t + l),
  'length+instant': (l, t) => inRange(t + l),
  'instant-length': (t, l) => inRange(t - l),
  'instant-instant': (a, b) => a - b,
  'date+time': (d, t, env) => momentOf(d, t, env),
  'time+date': (t, d, env) => momentOf(d, t, env),
  'time-time': (a, b) => a - b,
  'time+length': (t, l) => clockAfter(t, l),
  'length+time': (l, t) => clockAfter(t, l),
  'time-length': (t, l) => clockAfter(t, -l),
  'length+length': (a, b) => length(a + b),
  'length-length': (a, b) => length(a - b),
  'length*number': (l, n) => length(halfAway(l * n, UNIT)),
  'number*length': (n, l) => length(halfAway(l * n, UNIT)),
  'length/number': (l, n) => (n ? length(halfAway(l * UNIT, n)) : null),
  'length/length': (a, b) => (b ? kept(halfAway(a * UNIT, b)) : null),
}

// -- values at the border ---------------------------------------------------------------------------------------------

function inward(value, kind) {
  if (kind === 'boolean') return value === true || value === 1
  if (kind.startsWith('list')) return (value || []).map(each => inward(each, kind.slice(5)))
  if (value === null || value === undefined) return null
  if (kind === 'number') return Decimal.from(value)?.units ?? null
  if (kind === 'date') return /^\d{4}-\d\d-\d\d$/.test(value) ? value : null
  if (kind === 'instant') return typeof value === 'bigint' ? value : parseMoment(String(value))
  if (kind === 'length') return typeof value === 'number' ? BigInt(value) * 1000000n : BigInt(value) // a form keeps seconds
  if (kind === 'time') return typeof value === 'bigint' ? value : parseClock(value)
  if (kind === 'location') return typeof value === 'string' ? value : placeText(value)
  if (kind === 'text' && typeof value === 'object') return addressText(value)
  return value
}

function outward(value, kind) {
  if (kind.startsWith('list')) return value.map(each => outward(each, kind.slice(5)))
  if (value === null) return null
  if (kind === 'number') return new Decimal(value)
  if (kind === 'time') return clockText(value)
  if (kind === 'location') return placeOf(value)
  return kind === 'instant' ? momentText(value) : value
}

const degrees = given => {
  const units = rounded(Decimal.from(given).units, 6n * UNIT, (rest, step) => 2n * rest >= step)
  return (units < 0n ? '-' : '') + `${abs(units) / UNIT}.${pad((abs(units) % UNIT) / 100n, 6)}`
}

const placeText = ({ latitude, longitude, address }) =>
  JSON.stringify([degrees(latitude), degrees(longitude), address ?? ''])

function placeOf(text) {
  const [latitude, longitude, address] = JSON.parse(text)
  return { latitude, longitude, address: address || null }
}

const idOf = row => (typeof row === 'object' ? row.id : row)

function same(a, b) {
  if (a === null || b === null) return a === b
  if (a === b) return true
  const [x, y] = [idOf(a), idOf(b)]
  return x !== null && x !== undefined && y !== null && y !== undefined && String(x) === String(y)
}

// -- the tree ---------------------------------------------------------------------------------------------------------

function run(node, env) {
  const [form, kind] = node
  const found = RUN[form](node, env)
  return kind === 'boolean' ? found === true : found === undefined ? null : found
}

const RUN = {
  lit: ([, kind, value]) => (kind === 'null' || value === null ? null : inward(value, kind)),
  var([, kind, name], env) {
    if (!(name in env.variables)) throw new NeedsServer(name)
    const value = env.variables[name]
    return kind === 'record' ? value ?? null : inward(value, kind)
  },
  get([, kind, of, name], env) {
    const found = run(of, env)
    if (found === null) return inward(null, kind)
    const row = of[1] === 'location' ? placeOf(found) : found
    const value = typeof row === 'object' ? row[name] : name === 'id' ? row : null
    return inward(value, kind)
  },
  pick([, , of, names], env) {
    const value = run(of, env)
    return value !== null && Object.hasOwn(names, value) ? names[value] : null
  },
  within([, kind, of, body], env) {
    const row = run(of, env)
    if (row === null) return inward(null, kind)
    return run(body, { ...env, variables: { ...env.variables, this: row } })
  },
  list: ([, , ...items], env) => items.map(item => run(item, env)),
  source([, , shape]) {
    throw new NeedsServer(shape)
  },
  op: operate,
  call: callFunction,
  query: readRows,
  agg([, kind, name, list, between], env) {
    const text = between ? run(between, env) : null
    return reduce(name, run(list, env), kind, text)
  },
}

function operate([, , op, left, right], env) {
  const a = run(left, env)
  if (op === 'and') return a && run(right, env)
  if (op === 'or') return a || run(right, env)
  if (op === 'not') return !a
  if (op === 'neg') return a === null ? null : -a
  const b = run(right, env)
  if (op === '&') return (a ?? '') + (b ?? '')
  const equal = left[1] === 'record' || right[1] === 'record' ? same : (x, y) => x === y
  if (op === '=') return equal(a, b)
  if (op === '!=') return !equal(a, b)
  if (op === 'in') return b.some(each => (left[1] === 'record' ? same(a, each) : a === each))
  if (a === null || b === null) return op in ORDER ? false : null
  if (op in ORDER) return ORDER[op](compare(a, b))
  return ARITHMETIC[left[1] + op + right[1]](a, b, env)
}

const ORDER = { '<': n => n < 0, '<=': n => n <= 0, '>': n => n > 0, '>=': n => n >= 0 }

const LAZY = {
  IF: ([condition, then, other], env) => (run(condition, env) ? run(then, env) : other ? run(other, env) : null),
  IFS(args, env) {
    for (let i = 0; i < args.length; i += 2) if (run(args[i], env)) return run(args[i + 1], env)
    return null
  },
  SWITCH([given, ...rest], env) {
    const value = run(given, env)
    const equal = given[1] === 'record' ? same : (x, y) => x === y
    for (let i = 0; i + 1 < rest.length; i += 2) if (equal(value, run(rest[i], env))) return run(rest[i + 1], env)
    return rest.length % 2 ? run(rest[rest.length - 1], env) : null
  },
  COALESCE(args, env) {
    for (const arg of args) {
      const value = run(arg, env)
      if (value !== null) return value
    }
    return null
  },
}

const CLOCKS = { HOUR: true, MINUTE: true, SECOND: true }

function callFunction([, kind, name, ...args], env) {
  if (name in LAZY) return LAZY[name](args, env)
  const values = args.map(arg => run(arg, env))
  if (name === 'ISBLANK') return values[0] === null || values[0] === '' || (Array.isArray(values[0]) && !values[0].length)
  if (name === 'JOIN') return reduce('JOIN', values.slice(1), 'text', values[0])
  if (values.includes(null)) return null
  if (name === 'MIN' || name === 'MAX') return reduce(name, values, kind)
  if (name in CLOCKS) return FUNCTIONS[name](env, values[0], args[0][1])
  if (name === 'TEXT') return shown(values[0], args[0][1], values[1] ?? null, env)
  const found = FUNCTIONS[name]
  if (!found) throw new NeedsServer(name)
  return found(env, ...values)
}

function reduce(name, values, kind, between) {
  if (name === 'FIRST') return values.length ? values[0] : null
  if (name === 'LAST') return values.length ? values[values.length - 1] : null
  if (name === 'ANY') return values.some(Boolean)
  if (name === 'ALL') return values.every(Boolean)
  const there = values.filter(value => value !== null)
  if (name === 'COUNT') return number(there.length)
  if (name === 'LIST') return there
  if (name === 'JOIN') return between === null ? null : there.filter(Boolean).join(between)
  if (name === 'MIN' || name === 'MAX') {
    const sign = name === 'MIN' ? 1 : -1
    return there.reduce((best, value) => (best === null || compare(value, best) * sign < 0 ? value : best), null)
  }
  const total = there.reduce((sum, value) => sum + value, 0n)
  const within = kind === 'length' ? length : kept
  if (name === 'SUM') return within(total)
  return there.length ? within(halfAway(total, BigInt(there.length))) : null
}

function readRows([, , steps, where, sort, value], env) {
  const variables = { ...env.variables }
  const inner = { ...env, variables }
  const found = []
  const read = depth => {
    if (depth === steps.length) {
      if (where && !run(where, inner)) return
      const last = variables[steps[depth - 1][1]]
      found.push([sort.map(([key]) => run(key, inner)), value ? run(value, inner) : last])
      return
    }
    const [source, frame] = steps[depth]
    for (const row of run(source, inner)) {
      if (row === null || row === undefined) continue
      variables[frame] = row
      read(depth + 1)
    }
  }
  read(0)
  return found.sort(([a], [b]) => byKeys(a, b, sort)).map(([, each]) => each)
}

function byKeys(a, b, sort) {
  for (let i = 0; i < sort.length; i++) {
    const sign = sort[i][1] ? -1 : 1
    if (a[i] === null && b[i] === null) continue
    const order = a[i] === null ? -1 : b[i] === null ? 1 : compare(a[i], b[i])
    if (order) return order * sign
  }
  return 0
}

/**
 * The value of a formula's tree. `env`: `variables` by name (`this`, `user`, …), `today` (ISO date), `now` (ISO moment with
 * zone), `zone` (IANA name). Gives null, text, true or false, a Decimal, an ISO date, a time as `09:00:00.000000`, an ISO moment
 * in UTC, a length as BigInt of microseconds, a location as { latitude, longitude, address }, a record object, or an array of
 * these. Throws Overflow, or NeedsServer when it reads what isn't here.
 */
export function evaluate(tree, env) {
  return outward(run(tree, env), tree[1])
}
