// Amounts of money in Chinese capital numerals: 123450n cents -> 壹仟贰佰叁拾肆元伍角整. The same as engine/expressions/rmb.py.

const DIGITS = '零壹贰叁肆伍陆柒捌玖'

function whole(n) {
  for (const [unit, name] of [[100000000n, '亿'], [10000n, '万']]) {
    if (n >= unit) {
      const low = n % unit
      return whole(n / unit) + name + (low > 0n && low < unit / 10n ? '零' : '') + (low ? whole(low) : '')
    }
  }
  let words = ''
  let waiting = false
  for (let place = 3; place >= 0; place--) {
    const digit = Number(n / 10n ** BigInt(place)) % 10
    if (digit) words += (waiting && words ? '零' : '') + DIGITS[digit] + ['', '拾', '佰', '仟'][place]
    waiting = !digit
  }
  return words
}

export function capitals(given) {
  const cents = given < 0n ? -given : given
  if (!cents) return '零元整'
  const yuan = cents / 100n
  const jiao = Number((cents / 10n) % 10n)
  const fen = Number(cents % 10n)
  let words = (given < 0n ? '负' : '') + (yuan ? whole(yuan) + '元' : '')
  if (jiao) words += DIGITS[jiao] + '角'
  else if (yuan && fen) words += '零'
  return words + (fen ? DIGITS[fen] + '分' : '整')
}
