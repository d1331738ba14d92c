-- Days and months of the calendar, which a claim line must not cross. A day comes as "2026-01-31".

local lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

local function parts(day)
  return tonumber(string.sub(day, 1, 4)), tonumber(string.sub(day, 6, 7)), tonumber(string.sub(day, 9, 10))
end

local function length_of(year, month)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  if month == 2 and leap then return 29 end
  return lengths[month]
end

local function two(n)
  if n < 10 then return "0" .. n end
  return "" .. n
end

-- "2026-01"
function month_of(day)
  return string.sub(day, 1, 7)
end

-- How many days the month still has, this one among them.
function days_left(day)
  local year, month, date = parts(day)
  return length_of(year, month) - date + 1
end

-- The first day of the month after.
function next_month(day)
  local year, month = parts(day)
  if month == 12 then return (year + 1) .. "-01-01" end
  return year .. "-" .. two(month + 1) .. "-01"
end
