-- Appends records of one region. Preceded by append.lua.
--
-- KEYS  1 head, 2 log
-- ARGV  1 to 5 as in append.lua, 6 channel, 7 '0' to refuse a region without a head, else '1',
--       then for each record: its flags, its body
-- Returns what append() in append.lua returns

local ok, answer = pcall(append, KEYS[1], KEYS[2], ARGV[6], ARGV[7], 8, #ARGV)
if ok then
  return answer
end
local _, _, ended = refusals()
return ended(answer)
