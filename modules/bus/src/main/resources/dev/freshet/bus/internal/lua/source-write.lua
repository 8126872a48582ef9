-- Writes what a source remembers, if the caller is still the one who took it.
--
-- KEYS  1 the source's hash
-- ARGV  1 the caller's token, 2 '1' to forget everything else first, then fields and values
-- Returns 1, or 0 if somebody else has taken it or it is gone

if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then
  return 0
end
if ARGV[2] == '1' then
  local identity = redis.call('HGET', KEYS[1], 'identity')
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'identity', identity or '')
end
if #ARGV > 2 then
  redis.call('HSET', KEYS[1], unpack(ARGV, 3))
end
return 1
