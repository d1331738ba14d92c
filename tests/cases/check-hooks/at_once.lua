local t = nil
t.x = 1
function at_once(n) return n end
