-- Stores a value in a region's tier, unless an invalidation that concerns it was appended since its load began. Preceded by
-- tier.lua.
--
-- KEYS  1 head, 2 value, 3 and 4 fences, 5 the claim of the key's load
-- ARGV  1 the server's run_id as the caller knows it, 2 the longest life of a value in milliseconds, 3 key,
--       4 to 6 epoch, tick and milliseconds of the read before the load, 7 how old that may be in milliseconds,
--       8 the value's life in milliseconds, 9 its version or '-', 10 'v', or 'a' for the absence of a value,
--       11 the version of the caller's codec, 12 what to store, 13 the name of the claim under which it was loaded or '-', then its
--       tags
-- Returns {'stored'}, or {'refused', why}

local tier = tier_functions()
if ARGV[13] ~= '-' then
  tier.release(KEYS[5], ARGV[13]) -- the load is over, whatever becomes of its value
end
local state, changed = tier.enter(redis.call, KEYS[1], ARGV[1])
if not state then
  return {'refused', changed}
end

local tags, lengths = {}, {}
for i = 14, #ARGV do
  tags[#tags + 1] = ARGV[i]
  lengths[#lengths + 1] = ' ' .. string.format('%.0f', #ARGV[i])
end

local since = tonumber(ARGV[5])
local isKnown, isNew = tier.admits(redis.call, state.base, state, state.epoch, ARGV[11], false)
changed = changed or isNew
local why
if ARGV[4] ~= state.epoch then
  why = 'epoch'
elseif since < state.floor or since > state.tick then
  why = 'invalidated'
elseif state.now - tonumber(ARGV[6]) > tonumber(ARGV[7]) or state.now < tonumber(ARGV[6]) then
  why = 'expired'
elseif not isKnown then
  why = 'invalidated' -- an invalidation since the read would not have removed the value that was there
else
  local covered = tier.covers(redis.call, state.base, state, state.epoch, since, ARGV[3], tags, true)
  if covered == nil then
    tier.forget(redis.call, state.base, state, state.epoch)
    changed = true
    why = 'invalidated'
  elseif covered then
    why = 'invalidated'
  end
end

local version = tonumber(ARGV[9])
if not why and version then
  local found = redis.pcall('GET', KEYS[2])
  local there = type(found) == 'string' and tier.open(found)
  if there and there.version and there.version > version then
    why = 'version'
  end
end
if changed then
  tier.save(redis.call, state.base, state, state.seq)
end
if why then
  return {'refused', why}
end

local header = state.epoch .. ' ' .. string.format('%.0f', state.tick) .. ' ' .. string.format('%.0f', state.now) .. ' '
  .. ARGV[9] .. ' ' .. ARGV[10] .. ' ' .. string.format('%.0f', #tags) .. table.concat(lengths) .. '\n'
local left = math.max(1, math.min(tonumber(ARGV[8]), state.longest))
redis.call('SET', KEYS[2], header .. table.concat(tags) .. ARGV[12], 'PX', string.format('%.0f', left))
return {'stored'}
