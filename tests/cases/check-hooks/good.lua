function fine(a, n)
  return a * n
end
local function local_only(n)
  return n
end
function too_few(a, b)
  return a + b
end
function of_rows(a, b, c) end
function of_nothing(a) end
function twice(a, b) end
