-- Publishes what a source relays of a region's log, if it was relayed up to where the caller read on.
--
-- KEYS  1 the source's hash
-- ARGV  1 the field with the position of the region, 2 the position that the caller read on from, 3 the position of its last record,
--       4 the channel that announces each message, then for each message: its channel, its text, its announcement
-- Returns 1, or 0 if another publisher has relayed more

local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and known ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
for i = 5, #ARGV, 3 do
  redis.call('PUBLISH', ARGV[4], ARGV[i + 2])
  redis.call('PUBLISH', ARGV[i], ARGV[i + 1])
end
return 1
