-- The lesser of what was billed and the fee, with the contract's carve-outs.
local share = num.of("0.80")

local function has(list, word)
  for _, one in ipairs(list) do
    if one == word then return true end
  end
  return false
end

function lesser(billed, fee, units, kind, day, tags)
  local price = fee * units
  if kind == "carved" or has(tags, "implant") then
    price = price * share
  end
  if day >= "2025-07-01" then
    price = num.div(price, 3)
  end
  if billed ~= nil then
    price = math.min(billed, price)
  end
  return num.round(price, 2, "half_up")
end

function tier(units)
  if units > 100 then return "flat" end
end
