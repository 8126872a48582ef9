-- Writes the checkpoint of a source, if the caller was the last one to take it.
--
-- KEYS  1 the source's hash
-- ARGV  1 the caller's token, 2 '1' to remove all other fields first, then fields and values
-- Returns 1, or 0 if another caller has taken it, or Redis has lost it

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
