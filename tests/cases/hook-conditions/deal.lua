function size(units, amount, minutes)
  if amount > num.of("0.5") or minutes > 3600 then return "large" end
  if units == 13 then return "huge" end
  return "small"
end

function tags(drug, noted)
  local out = { string.upper(drug) }
  if noted == nil then table.insert(out, "not noted") elseif noted then table.insert(out, "noted") end
  return out
end

function later(day)
  local part = string.split(day, "-")
  local month = tonumber(part[2]) + 1
  return part[1] .. "-" .. (month < 10 and "0" or "") .. month .. "-" .. part[3]
end

function twice(amount) return amount * 2 end

function total(before, units) return (before or 0) + units end
