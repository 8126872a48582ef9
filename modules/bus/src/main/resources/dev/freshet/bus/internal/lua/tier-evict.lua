-- Evicts the values that a record's body selects from a region's tier only. Preceded by tier.lua.
--
-- KEYS  1 head, 2 and 3 fences
-- ARGV  1 the server's run_id as the caller knows it, 2 the body
-- Returns {'ok'}, or {'none', why}

local tier = tier_functions()
local state, changed = tier.enter(redis.call, KEYS[1], ARGV[1])
if not state then
  return {'none', changed}
end
tier.tell(redis.call, state.base, state, state.epoch, ARGV[2])
tier.save(redis.call, state.base, state, state.seq)
return {'ok'}
