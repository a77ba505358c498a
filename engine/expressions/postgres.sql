-- What formulas need of PostgreSQL beyond its own functions, with the very semantics of the Python executor.
-- `{schema}` is replaced by the schema of this version; each function is immutable, and null of null unless it says so.

-- numbers: at most 8 decimals, below 10^20 ---------------------------------------------------------------------------

CREATE FUNCTION {schema}.refuse() RETURNS numeric LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
BEGIN
  RAISE EXCEPTION 'formula_overflow' USING ERRCODE = 'FL001';
END $$;

CREATE FUNCTION {schema}.kept(x numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF x > -100000000000000000000 AND x < 100000000000000000000 THEN RETURN x; END IF;
  RAISE EXCEPTION 'formula_overflow' USING ERRCODE = 'FL001';
END $$;

CREATE FUNCTION {schema}.length(micros numeric) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF micros > -1000000000000000000 AND micros < 1000000000000000000 THEN RETURN micros; END IF;
  RAISE EXCEPTION 'formula_overflow' USING ERRCODE = 'FL001';
END $$;

CREATE FUNCTION {schema}.divide(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(CAST(a AS numeric(120, 45)) / NULLIF(b, 0), 8);

CREATE FUNCTION {schema}.half_away(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN b = 0 THEN NULL ELSE sign(a) * sign(b) * div(2 * abs(a) + abs(b), 2 * abs(b)) END;

CREATE FUNCTION {schema}.modulo(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN b = 0 THEN NULL WHEN mod(a, b) <> 0 AND sign(mod(a, b)) <> sign(b) THEN mod(a, b) + b ELSE mod(a, b) END;

CREATE FUNCTION {schema}.digits(n numeric) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN trunc(least(greatest(n, -15), 8))::int;

CREATE FUNCTION {schema}.round_up(x numeric, n int) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN trunc(x, n) = x THEN x ELSE trunc(x, n) + sign(x) * (CASE WHEN n < 0 THEN power(10::numeric, -n) ELSE 1 / power(10::numeric, n) END) END;

CREATE FUNCTION {schema}.counted(n numeric, at_least int) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN least(greatest(trunc(n), at_least), 1000000000)::int;

CREATE FUNCTION {schema}.square_root(x numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  doubled numeric := trunc(x * 100000000) * 400000000;
  r numeric;
BEGIN
  IF x < 0 THEN RETURN NULL; END IF;
  r := trunc(sqrt(doubled::numeric(60, 10)));
  WHILE r * r > doubled LOOP r := r - 1; END LOOP;
  WHILE (r + 1) * (r + 1) <= doubled LOOP r := r + 1; END LOOP;
  RETURN div(r + 1, 2) * 0.00000001;
END $$;

CREATE FUNCTION {schema}.floor_div(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN mod(a, b) <> 0 AND sign(a) <> sign(b) THEN div(a, b) - 1 ELSE div(a, b) END;

-- ln of a number given in 10^-8, and e^x, as whole numbers of 10^-60: the same steps as everywhere
CREATE FUNCTION {schema}.series(x numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  one numeric := 1000000000000000000000000000000000000000000000000000000000000;
  z numeric := div((x - one) * one, x + one);
  square numeric := div(z * z, one);
  term numeric := z;
  found numeric := 0;
  k int := 1;
BEGIN
  WHILE term <> 0 LOOP
    found := found + div(term, k);
    term := div(term * square, one);
    k := k + 2;
  END LOOP;
  RETURN 2 * found;
END $$;

CREATE FUNCTION {schema}.logarithm(scaled numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  one numeric := 1000000000000000000000000000000000000000000000000000000000000;
  x numeric := scaled * 10000000000000000000000000000000000000000000000000000;
  twos int := 0;
BEGIN
  WHILE x > 2 * one LOOP x := div(x, 2); twos := twos + 1; END LOOP;
  WHILE x < one LOOP x := x * 2; twos := twos - 1; END LOOP;
  RETURN {schema}.series(x) + twos * {schema}.series(2 * one);
END $$;

CREATE FUNCTION {schema}.exponential(x numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  one numeric := 1000000000000000000000000000000000000000000000000000000000000;
  work numeric := one * 100000000000000000000;
  small numeric := div(abs(x) * 100000000000000000000, 4294967296);
  term numeric := work;
  found numeric := 0;
  k int := 1;
BEGIN
  WHILE term <> 0 LOOP
    found := found + term;
    term := div(div(term * small, work), k);
    k := k + 1;
  END LOOP;
  FOR i IN 1..32 LOOP found := div(found * found, work); END LOOP;
  RETURN CASE WHEN x >= 0 THEN div(found, 100000000000000000000) ELSE div(one * work, found) END;
END $$;

CREATE FUNCTION {schema}.power(x numeric, n numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  one numeric := 1000000000000000000000000000000000000000000000000000000000000;
  top numeric := 1;
  scale numeric;
  exponent numeric;
  found numeric;
BEGIN
  IF n = trunc(n) AND abs(n) <= 100 THEN
    FOR i IN 1..abs(n)::int LOOP top := top * trunc(x * 100000000); END LOOP;
    scale := ('1' || repeat('0', 8 * abs(n)::int))::numeric;
    IF n < 0 THEN
      found := top; top := scale; scale := found;
    END IF;
    IF scale = 0 THEN RETURN NULL; END IF;
    RETURN {schema}.kept({schema}.half_away(top * 100000000, scale) * 0.00000001);
  END IF;
  IF x = 0 THEN RETURN CASE WHEN n > 0 THEN 0 END; END IF;
  IF x < 0 AND n <> trunc(n) THEN RETURN NULL; END IF;
  exponent := {schema}.floor_div({schema}.logarithm(trunc(abs(x) * 100000000)) * trunc(n * 100000000), 100000000);
  IF exponent > 47 * one THEN PERFORM {schema}.refuse(); END IF;
  found := CASE WHEN exponent < -47 * one THEN 0
    ELSE {schema}.half_away({schema}.exponential(exponent) * 100000000, one) END;
  RETURN {schema}.kept((CASE WHEN x < 0 AND mod(trunc(n), 2) <> 0 THEN -found ELSE found END) * 0.00000001);
END $$;

-- texts --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION {schema}.number_text(x numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN trim_scale(x)::text;

CREATE FUNCTION {schema}.find(part text, t text, start int) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN start - 1 > char_length(t) THEN NULL
  WHEN strpos(substr(t, start), part) = 0 THEN NULL ELSE (start - 1 + strpos(substr(t, start), part))::numeric END;

CREATE FUNCTION {schema}.read_number(t text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  word text := btrim(t, ' ');
  digits text := ltrim(CASE WHEN left(word, 1) IN ('+', '-') THEN substr(word, 2) ELSE word END, '');
BEGIN
  IF digits !~ '^[0-9]+(\.[0-9]+)?$' OR char_length(digits) > 60 OR char_length(ltrim(split_part(digits, '.', 1), '0')) > 20
  THEN RETURN NULL; END IF;
  RETURN {schema}.kept(round(word::numeric, 8));
END $$;

-- a number in one section of an Excel format; `x` is not negative, `minus` its sign
CREATE FUNCTION {schema}.digits_text(
  x numeric, minus text, before text, after text, least_whole int, least_places int, most_places int, grouped bool,
  factor numeric, divisor numeric, behind int[], words text[]
) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  rounded numeric := {schema}.half_away(trunc(x * 100000000) * factor * power(10::numeric, most_places), 100000000 * divisor);
  step numeric := trunc(power(10::numeric, most_places));
  whole text := div(rounded, step)::text;
  places text := '';
BEGIN
  IF most_places > 0 THEN
    places := lpad(mod(rounded, step)::text, most_places, '0');
    WHILE char_length(places) > least_places AND right(places, 1) = '0' LOOP places := left(places, -1); END LOOP;
  END IF;
  whole := CASE WHEN whole = '0' THEN repeat('0', least_whole) ELSE repeat('0', least_whole - char_length(whole)) || whole END;
  IF grouped THEN
    whole := reverse(regexp_replace(reverse(whole), '([0-9]{3})(?=[0-9])', '\1,', 'g'));
  END IF;
  FOR i IN 1..coalesce(array_length(behind, 1), 0) LOOP
    whole := left(whole, greatest(char_length(whole) - behind[i], 0)) || words[i]
      || right(whole, least(behind[i], char_length(whole)));
  END LOOP;
  RETURN (CASE WHEN rounded <> 0 THEN minus ELSE '' END) || before || whole
    || (CASE WHEN places <> '' THEN '.' || places ELSE '' END) || after;
END $$;

CREATE FUNCTION {schema}.capital_whole(n numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  unit numeric := CASE WHEN n >= 100000000 THEN 100000000 WHEN n >= 10000 THEN 10000 END;
  low numeric;
  words text := '';
  waiting bool := false;
  digit int;
BEGIN
  IF unit IS NOT NULL THEN
    low := mod(n, unit);
    RETURN {schema}.capital_whole(div(n, unit)) || (CASE WHEN unit = 10000 THEN '万' ELSE '亿' END)
      || (CASE WHEN low > 0 AND low < unit / 10 THEN '零' ELSE '' END)
      || (CASE WHEN low > 0 THEN {schema}.capital_whole(low) ELSE '' END);
  END IF;
  FOR place IN REVERSE 3..0 LOOP
    digit := mod(div(n, (10 ^ place)::int), 10);
    IF digit > 0 THEN
      words := words || (CASE WHEN waiting AND words <> '' THEN '零' ELSE '' END)
        || substr('零壹贰叁肆伍陆柒捌玖', digit + 1, 1) || (ARRAY['', '拾', '佰', '仟'])[place + 1];
    END IF;
    waiting := digit = 0;
  END LOOP;
  RETURN words;
END $$;

CREATE FUNCTION {schema}.capitals(amount numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  cents numeric := abs(trunc({schema}.kept(round(amount, 2)) * 100));
  yuan numeric := div(cents, 100);
  jiao int := mod(div(cents, 10), 10);
  fen int := mod(cents, 10);
  words text := '';
BEGIN
  IF cents = 0 THEN RETURN '零元整'; END IF;
  IF yuan > 0 THEN words := {schema}.capital_whole(yuan) || '元'; END IF;
  IF jiao > 0 THEN words := words || substr('零壹贰叁肆伍陆柒捌玖', jiao + 1, 1) || '角';
  ELSIF yuan > 0 AND fen > 0 THEN words := words || '零'; END IF;
  RETURN (CASE WHEN amount < 0 THEN '负' ELSE '' END) || words
    || (CASE WHEN fen > 0 THEN substr('零壹贰叁肆伍陆柒捌玖', fen + 1, 1) || '分' ELSE '整' END);
END $$;

-- dates: 0001-01-01 to 9999-12-31; out of range is null ---------------------------------------------------------------

CREATE FUNCTION {schema}.day(ordinal numeric) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN ordinal >= 0 AND ordinal <= 3652058 THEN date '0001-01-01' + ordinal::int END;

CREATE FUNCTION {schema}.later(d date, days numeric) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN {schema}.day((d - date '0001-01-01') + trunc(days));

CREATE FUNCTION {schema}.made(y numeric, m numeric, d numeric) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  months numeric := trunc(y) * 12 + trunc(m) - 1;
BEGIN
  IF months < 12 OR months >= 120000 THEN RETURN NULL; END IF;
  RETURN {schema}.later(make_date(div(months, 12)::int, mod(months, 12)::int + 1, 1), trunc(d) - 1);
END $$;

CREATE FUNCTION {schema}.last_day(y int, m int) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN m = 2 THEN CASE WHEN y % 4 = 0 AND (y % 100 <> 0 OR y % 400 = 0) THEN 29 ELSE 28 END
  WHEN m IN (4, 6, 9, 11) THEN 30 ELSE 31 END;

CREATE FUNCTION {schema}.month_end(d date, months numeric) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  first date := {schema}.made(extract(year FROM d), extract(month FROM d) + trunc(months), 1);
BEGIN
  RETURN first + {schema}.last_day(extract(year FROM first)::int, extract(month FROM first)::int) - 1;
END $$;

CREATE FUNCTION {schema}.months_later(d date, months numeric) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN least(
  {schema}.month_end(d, months),
  {schema}.made(extract(year FROM d), extract(month FROM d) + trunc(months), 1) + extract(day FROM d)::int - 1
);

CREATE FUNCTION {schema}.months_between(a date, b date) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (extract(year FROM b)::int - extract(year FROM a)::int) * 12 + extract(month FROM b)::int - extract(month FROM a)::int
  - (extract(day FROM b) < extract(day FROM a))::int;

CREATE FUNCTION {schema}.dates_between(a date, b date, unit text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF unit = 'd' THEN RETURN b - a; END IF;
  IF b < a THEN RETURN -{schema}.dates_between(b, a, unit); END IF;
  RETURN CASE WHEN unit = 'y' THEN {schema}.months_between(a, b) / 12 ELSE {schema}.months_between(a, b) END;
END $$;

CREATE FUNCTION {schema}.period(d date, unit text) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE unit WHEN 'year' THEN make_date(extract(year FROM d)::int, 1, 1)
  WHEN 'quarter' THEN make_date(extract(year FROM d)::int, (extract(month FROM d)::int - 1) / 3 * 3 + 1, 1)
  WHEN 'month' THEN make_date(extract(year FROM d)::int, extract(month FROM d)::int, 1)
  WHEN 'week' THEN {schema}.later(d, 1 - extract(isodow FROM d)) ELSE d END;

CREATE FUNCTION {schema}.weekday(d date, kind numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE kind WHEN 1 THEN extract(dow FROM d) + 1 WHEN 2 THEN extract(isodow FROM d) END;

CREATE FUNCTION {schema}.week_number(d date, kind numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN kind = 21 THEN extract(week FROM d)
  WHEN kind IN (1, 2) THEN div(extract(doy FROM d) - 1 + {schema}.weekday(make_date(extract(year FROM d)::int, 1, 1), kind) - 1, 7) + 1
  END;

CREATE FUNCTION {schema}.workdays_later(d date, n numeric) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  days numeric := trunc(n);
  step int := sign(days);
  here int := extract(isodow FROM d)::int - 1;
  start date := d;
  rest int;
BEGIN
  IF days = 0 THEN RETURN d; END IF;
  IF here > 4 THEN
    start := {schema}.later(d, CASE WHEN step > 0 THEN 4 - here ELSE 7 - here END);
    IF start IS NULL THEN RETURN NULL; END IF;
    here := CASE WHEN step > 0 THEN 4 ELSE 0 END;
  END IF;
  rest := mod(abs(days), 5);
  IF (step > 0 AND here + rest > 4) OR (step < 0 AND here - rest < 0) THEN rest := rest + 2; END IF;
  RETURN {schema}.later(start, step * (div(abs(days), 5) * 7 + rest));
END $$;

CREATE FUNCTION {schema}.workdays(a date, b date) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  found int;
BEGIN
  IF b < a THEN RETURN -{schema}.workdays(b, a); END IF;
  found := (b - a + 1) / 7 * 5;
  FOR i IN 0..(b - a + 1) % 7 - 1 LOOP
    IF (extract(isodow FROM a)::int - 1 + i) % 7 < 5 THEN found := found + 1; END IF;
  END LOOP;
  RETURN found;
END $$;

-- working days of a calendar: `week` has a 1 for each day worked, from Monday; `holidays` is a JSON list of dates

CREATE FUNCTION {schema}.weekdays_later(d date, days numeric, week text) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  each int := char_length(replace(week, '0', ''));
  step int := sign(days);
  rest numeric;
  shift int := 0;
BEGIN
  IF each = 0 THEN RETURN NULL; END IF;
  rest := mod(abs(days) - 1, each) + 1;
  WHILE rest > 0 LOOP
    shift := shift + step;
    IF substr(week, ((extract(isodow FROM d)::int - 1 + shift) % 7 + 7) % 7 + 1, 1) = '1' THEN rest := rest - 1; END IF;
  END LOOP;
  RETURN {schema}.later(d, step * div(abs(days) - 1, each) * 7 + shift);
END $$;

CREATE FUNCTION {schema}.holidays(week text, holidays jsonb) RETURNS date[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT found.day), ARRAY[]::date[])
  FROM (SELECT (each #>> '{}')::date AS day FROM jsonb_array_elements(holidays) AS each) AS found
  WHERE substr(week, extract(isodow FROM found.day)::int, 1) = '1'
$$;

CREATE FUNCTION {schema}.worked_later(d date, n numeric, week text, holidays jsonb) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  days numeric := trunc(n);
  step int := sign(days);
  off date[] := {schema}.holidays(week, holidays);
  before date;
  here date := d;
BEGIN
  WHILE days <> 0 LOOP
    before := here;
    here := {schema}.weekdays_later(before, days, week);
    IF here IS NULL THEN RETURN NULL; END IF;
    SELECT step * count(*) INTO days FROM unnest(off) AS each
    WHERE each BETWEEN least(before, here) AND greatest(before, here) AND each <> before;
  END LOOP;
  RETURN here;
END $$;

CREATE FUNCTION {schema}.worked_between(a date, b date, week text, holidays jsonb) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  found int;
BEGIN
  IF b < a THEN RETURN -{schema}.worked_between(b, a, week, holidays); END IF;
  found := (b - a + 1) / 7 * char_length(replace(week, '0', ''));
  FOR i IN 0..(b - a + 1) % 7 - 1 LOOP
    IF substr(week, (extract(isodow FROM a)::int - 1 + i) % 7 + 1, 1) = '1' THEN found := found + 1; END IF;
  END LOOP;
  RETURN found - (SELECT count(*) FROM unnest({schema}.holidays(week, holidays)) AS each WHERE each BETWEEN a AND b);
END $$;

-- moments, in the organisation's time zone ---------------------------------------------------------------------------

CREATE FUNCTION {schema}.local(t timestamptz, zone text) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN t AT TIME ZONE zone >= '0001-01-01' AND t AT TIME ZONE zone < '10000-01-01' THEN t AT TIME ZONE zone
  ELSE t AT TIME ZONE 'UTC' END;

CREATE FUNCTION {schema}.micros(t timestamptz) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN trunc(extract(epoch FROM t) * 1000000);

CREATE FUNCTION {schema}.instant(micros numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN micros >= -62135596800000000 AND micros < 253402300800000000 THEN
  (timestamp '1970-01-01' + make_interval(days => {schema}.floor_div(micros, 86400000000)::int)
    + make_interval(secs => ((micros - {schema}.floor_div(micros, 86400000000) * 86400000000) / 1000000)::float8))
  AT TIME ZONE 'UTC' END;

CREATE FUNCTION {schema}.after(t timestamptz, length numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN {schema}.instant({schema}.micros(t) + length);

CREATE FUNCTION {schema}.moment(d date, at time, zone text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  found timestamptz := (d + at) AT TIME ZONE zone;
BEGIN
  IF found < '0001-01-01 00:00:00+00' OR found >= '10000-01-01 00:00:00+00' THEN RETURN NULL; END IF;
  RETURN found;
END $$;

CREATE FUNCTION {schema}.clock_period(t timestamptz, unit text, zone text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN {schema}.instant({schema}.micros(t)
  - trunc(extract(epoch FROM {schema}.local(t, zone) - date_trunc(unit, {schema}.local(t, zone))) * 1000000));

CREATE FUNCTION {schema}.clock_micros(at time) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN trunc(extract(epoch FROM at) * 1000000);

CREATE FUNCTION {schema}.clock(micros numeric) RETURNS time LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN time '00:00' + make_interval(secs => ({schema}.modulo(micros, 86400000000) / 1000000)::float8);

CREATE FUNCTION {schema}.time_of(h numeric, m numeric, s numeric) RETURNS time LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN {schema}.clock((trunc(h) * 3600 + trunc(m) * 60 + trunc(s)) * 1000000);

-- places -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION {schema}.degrees(place text, at int) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN radians((place::jsonb ->> at)::float8);

CREATE FUNCTION {schema}.distance(a text, b text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  south float8 := {schema}.degrees(a, 0);
  north float8 := {schema}.degrees(b, 0);
  up float8 := sin((north - south) / 2);
  over float8 := sin(({schema}.degrees(b, 1) - {schema}.degrees(a, 1)) / 2);
  way float8 := up * up + cos(south) * cos(north) * over * over;
BEGIN
  RETURN round((2 * 6371008.8 * asin(sqrt(least(1, way))))::numeric);
END $$;

-- lists --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION {schema}.first(a anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT a[1]
$$;
