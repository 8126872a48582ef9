-- Appends records of several regions, which is only where there are no slots, and costs what each of them costs but once what
-- a script costs. Preceded by append.lua.
--
-- KEYS  for each region: head, log
-- ARGV  1 to 5 see append.lua, then for each region: its channel, how many records, and for each record: its flags, its body
-- Returns for each region what append returns, or why it was refused: what one region lacks, the others need not do without

local _, call, ended = refusals()
local ok, replication, time = pcall(function()
  return call('INFO', 'replication'), call('TIME')
end)
if not ok then
  return ended(replication)
end
local answers, at = {}, 6
for i = 1, #KEYS, 2 do
  local first = at + 2
  local last = at + 1 + 2 * tonumber(ARGV[at + 1])
  local done, answer = pcall(append, KEYS[i], KEYS[i + 1], ARGV[at], first, last, replication, time)
  answers[#answers + 1] = done and answer or ended(answer)
  at = last + 1
end
return answers
