-- Reads a value of a region's tier, or returns the lease that a store needs. Preceded by tier.lua.
--
-- KEYS  1 head, 2 value, 3 and 4 fences, 5 with ARGV 6: the claim of the key's load
-- ARGV  1 the server's run_id as the caller knows it, 2 the longest life of a value in milliseconds, 3 key,
--       4 the version of the caller's codec, 5 32 random bits, decimal,
--       then of a caller that is to load what is missing, unless another does: 6 the name of its claim, 7 the claim's life in milliseconds
-- Returns {'none', why}, or {'miss' or 'hit', epoch, sequence, tick, milliseconds} and for a hit
--         its remaining milliseconds, the milliseconds since it was stored, and the value's frame;
--         for a miss with ARGV 6 the name of the claim that is in force: the caller's own, or another's

local tier = tier_functions()
local state, changed = tier.enter(redis.call, KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[5]))
if not state then
  return {'none', changed}
end

-- Claims the load of the key. Another's claim stands unless an invalidation overtook its load: what that brings cannot be stored. A
-- claim that Redis does not take is as good as one's own: the caller loads.
local function claimed()
  local there = redis.pcall('GET', KEYS[5])
  local name, epoch, tick, began
  if type(there) == 'string' then
    name, epoch, tick, began = string.match(there, '^(%x+) (%x+) (%d+) (%d+)$')
  end
  if name and epoch == state.epoch and tonumber(tick) >= state.floor and tonumber(tick) <= state.tick
      and tonumber(began) <= state.now and redis.call('PTTL', KEYS[5]) > 0
      and tier.covers(redis.call, state.base, state, state.epoch, tonumber(tick), ARGV[3], {}, true) == false then
    return name
  end
  redis.pcall('SET', KEYS[5], ARGV[6] .. ' ' .. state.epoch .. ' ' .. string.format('%.0f', state.tick) .. ' '
    .. string.format('%.0f', state.now), 'PX', ARGV[7])
  return ARGV[6]
end

local found = redis.pcall('GET', KEYS[2])
local frame, left, age = false, -2, 0
if type(found) == 'string' then
  local value = tier.open(found)
  left = redis.call('PTTL', KEYS[2])
  -- A value without a time to live was not written by tier-store.lua, whatever it says. One that is younger than now was stored
  -- before the clock was set back: it would live too long.
  if value and left > 0 and value.stored <= state.now and value.epoch == state.epoch and value.tick >= state.floor and value.tick <= state.tick then
    local covered = tier.covers(redis.call, state.base, state, state.epoch, value.tick, ARGV[3], value.tags, false)
    if covered == nil then
      tier.forget(redis.call, state.base, state, state.epoch)
      changed = true
    elseif not covered then
      frame = found
      age = state.now - value.stored
    end
  end
end
local _, isNew = tier.admits(redis.call, state.base, state, state.epoch, ARGV[4], true)
if changed or isNew then
  tier.save(redis.call, state.base, state, state.seq)
end
local tick, now = string.format('%.0f', state.tick), string.format('%.0f', state.now)
if not frame then
  if found then
    redis.call('UNLINK', KEYS[2])
  end
  local miss = {'miss', state.epoch, state.seq, tick, now}
  if ARGV[6] then
    miss[6] = claimed()
  end
  return miss
end
return {'hit', state.epoch, state.seq, tick, now, left, string.format('%.0f', age), frame}
