-- The rounding table: cancer drugs and the sizes of their single-dose vials, in units of the code (CMS NDC-HCPCS crosswalk,
-- January 2026), and the most that whole vials hold of a dose.

local vials = {
  J9022 = {84, 120},
  J9023 = {20},
  J9035 = {10, 40},
  J9041 = {35},
  J9173 = {12, 50},
  J9271 = {100},
  J9299 = {40, 100, 120, 240},
  J9312 = {10, 50},
  J9355 = {15},
}

-- No program asks about more than this; a larger number is a slip of the pen.
local most_units = 5000

-- The largest sum of vials that is not above the dose; missing where the drug is not in the table.
function whole_vials(code, dose)
  local sizes = vials[code]
  if sizes == nil or dose > most_units then return nil end
  local made, best = {[0] = true}, 0
  for sum = 1, dose do
    for _, size in ipairs(sizes) do
      if made[sum - size] then
        made[sum] = true
        best = sum
        break
      end
    end
  end
  return best
end
