-- Appends records of several regions, so that a burst over many regions pays for one script. Only for servers without slots.
-- Preceded by append.lua.
--
-- KEYS  for each region: head, log
-- ARGV  1 to 5 as in append.lua, then for each region: its channel, '0' to refuse it without a head, else '1', how many
--       records, and for each record: its flags, its body
-- Returns for each region what append() in append.lua returns, or its refusal: one region's refusal does not stop the others

local _, call, ended = refusals()
local ok, replication, time = pcall(function()
  return call('INFO', 'replication'), call('TIME')
end)
if not ok then
  return ended(replication)
end
local answers, at = {}, 6
for i = 1, #KEYS, 2 do
  local first = at + 3
  local last = at + 2 + 2 * tonumber(ARGV[at + 2])
  local done, answer = pcall(append, KEYS[i], KEYS[i + 1], ARGV[at], ARGV[at + 1], first, last, replication, time)
  answers[#answers + 1] = done and answer or ended(answer)
  at = last + 1
end
return answers
