-- The lesser of what was billed and the fee.
local share = num.of("0.80")

function lesser(billed, fee, day)
  local price = fee
  if day >= "2025-07-01" then
    price = num.div(price * share, 3)
  end
  if billed ~= nil then
    price = math.min(billed, price)
  end
  return num.round(price, 2, "half_up")
end
