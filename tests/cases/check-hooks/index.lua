local t = {}
function index(n)
  return t[n < 2]
end
