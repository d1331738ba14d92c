-- An invented contract: the lesser of what is charged and what the contract allows, with its carve-outs.
--
-- "schedule"  units times the fee, and from July 2025 on 3 percent more
-- "charge"    a percentage of the charge: 62 percent, but never more than the fee
-- "invoice"   what the invoice says, and 5 percent of it up to 150 dollars

local uplift, share, handling = num.of("1.03"), num.of("0.62"), num.of("0.05")
local most_handling = num.of("150")

local function scheduled(fee, units, day)
  local price = fee * units
  if day >= "2025-07-01" then price = price * uplift end
  return price
end

-- Missing where the contract asks for something that is not charted.
function allowed(charge, invoice, fee, units, way, day)
  local price
  if way == "invoice" then
    if invoice == nil then return nil end
    price = invoice + math.min(invoice * handling, most_handling)
  elseif way == "charge" then
    if charge == nil then return nil end
    price = math.min(charge * share, scheduled(fee, units, day))
  else
    price = scheduled(fee, units, day)
  end
  if charge ~= nil then price = math.min(charge, price) end
  return num.round(price, 2, "half_up")
end
