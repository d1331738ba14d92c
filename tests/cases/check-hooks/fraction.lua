-- 0.5 is said here
local s = "0.5"
local long = [[ 0.5 / 2 ]]
function fraction(n)
  return n * 1.5 -- of it
end
