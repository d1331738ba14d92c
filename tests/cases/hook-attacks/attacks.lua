-- Each function tries to get out, to go on for ever, to take everything, or to answer what it should not.
local attacks = {}
local count = 0      -- a memory of the last call: gone with it
seen = seen or {}    -- and so is a global

function attacks.fine(n) return n + 1 end

function attacks.loop() while true do end end
function attacks.loop_empty() for i = 1, 9007199254740992 do end end
function attacks.recurse(n) return 1 + attacks.recurse(n) end
function attacks.tail(n) return attacks.tail(n) end
function attacks.each_other()
  local a, b
  a = function() return b() + 1 end
  b = function() return a() + 1 end
  return a()
end
function attacks.allocate()
  local t = {}
  for i = 1, 1000000 do t[i] = { i, { i } } end
end
function attacks.one_array()
  local t = {}
  for i = 1, 1000000 do t[i] = i end
end
function attacks.double()
  local s = "x"
  while true do s = s .. s end
end
function attacks.garbage() while true do local t = { {}, {}, {} } end end
function attacks.rep_long() return #string.rep("x", 1000000000) end
function attacks.rep_empty() return #string.rep("", 9007199254740992) + 42 end
function attacks.replace()
  local s = string.rep("a", 128)
  while true do s = string.replace(s, "a", "aa") end
end
function attacks.split()
  local s = string.rep("a", 16000)
  while true do string.split(s, "a") end
end
function attacks.concat()
  local t = {}
  for i = 1, 2000 do t[i] = "0123456789" end
  return #table.concat(t)
end
function attacks.compare()
  local a, b = string.rep("a", 16000), string.rep("a", 16000)
  while a <= b do end
end
function attacks.pattern() return string.match(string.rep("a", 30), string.rep("a?", 30)) end
function attacks.gsub() return string.gsub("a", "a", "b") end
function attacks.method() return ("a"):rep(10) end
function attacks.catch()
  while true do pcall(attacks.loop) end
end
function attacks.catch_x() return xpcall(attacks.loop, attacks.loop) end
function attacks.close_it() return attacks.loop() end
function attacks.coroutine() return coroutine.wrap(attacks.loop)() end
function attacks.bytecode() return load(string.dump(attacks.fine))(1) end
function attacks.load() return load("return 1")() end
function attacks.io() return io.open("/etc/passwd") end
function attacks.os() return os.time() end
function attacks.clock() return os.clock() end
function attacks.random() return math.random(6) end
function attacks.debug() return debug.getregistry() end
function attacks.require() return require("os") end
function attacks.dofile() return dofile("/etc/passwd") end
function attacks.print() print("x") end
function attacks.metatable() return setmetatable({}, {}) end
function attacks.get_metatable() return getmetatable("").__index end
function attacks.raw() return rawset(string, "sub", nil) end
function attacks.collect() return collectgarbage("count") end
function attacks.globals() return _G.io end
function attacks.number_inside() return num.of("1").x end
function attacks.number_change() local n = num.of("1") n.x = 1 end
function attacks.sort_bad()
  local t = {}
  for i = 1, 200 do t[i] = i * 7919 % 200 end
  table.sort(t, function(a, b) return true end)
  return #t - 158
end
function attacks.sort_nil() table.sort({ 3, 1, 2 }, function(a, b) return a.x < b.x end) end
function attacks.sort_nested()
  local t = { 3, 1, 2 }
  local function by(a, b) table.sort(t, by) return a < b end
  table.sort(t, by)
end
function attacks.sort_long()
  local t = {}
  for i = 1, 16000 do t[i] = 16000 - i end
  table.sort(t)
end
function attacks.sort_mixed() table.sort({ 1, "a", {} }) end
function attacks.insert_far() table.insert({}, 9007199254740992, 1) end
function attacks.insert_front()
  local t = {}
  for i = 1, 16000 do table.insert(t, 1, i) end
end
function attacks.unpack()
  local t = {}
  for i = 1, 1000 do t[i] = i end
  return table.unpack(t)
end
function attacks.pairs_of_tables() for k in pairs({ [{}] = 1 }) do end end
function attacks.pairs_in_order()
  local out, t = {}, { b = 1, a = 1, [2] = 1, [-1] = 1, [true] = 1, [false] = 1, B = 1, ["\xc3\xa4"] = 1 }
  for k in pairs(t) do out[#out + 1] = tostring(k) end
  if table.concat(out, " ") == "-1 2 B a b \xc3\xa4 false true" then return 42 end
end
function attacks.address() return #tostring(attacks.fine) end
function attacks.error_text(n, what) error("the patient is " .. what) end
function attacks.error_table() error({ "x" }) end
function attacks.assert_it() assert(false, "x") end
function attacks.wrong_text() return "42" end
function attacks.wrong_fraction() return num.div(1, 3) end
function attacks.wrong_table() return { 1 } end
function attacks.wrong_function() return attacks.fine end
function attacks.wrong_nothing() end
function attacks.wrong_yes() return true end
function attacks.overflow()
  local n = num.of("999999999999999999")
  while true do n = n * n end
end
function attacks.zero() return num.div(1, 0) end
function attacks.zero_whole() return 1 // 0 end
function attacks.least() return -9223372036854775807 - 1 end
function attacks.text_as_number() return "10" + 1 end
function attacks.remember()
  count = count + 1
  seen[#seen + 1] = count
  string.sub = nil
  return 41 + #seen
end

function attack(what, n)
  return attacks[what](n, what)
end
