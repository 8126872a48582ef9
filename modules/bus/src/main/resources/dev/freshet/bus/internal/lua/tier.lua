-- The functions of the scripts that read, store and evict the values of a region (docs/PROTOCOL.md, "The Redis tier").
--
-- In the head: tier = '<generation> <floor> <tick> <began> <longest>' and told, the sequence up to which the tier knows every
-- record. The tick only grows within an epoch. A value holds the tick up to which it is known to be good. It is unreadable if
-- that is below the floor, or below the fence of its key, one of its tags or a prefix of its key. Fences lie in two hashes
-- that take turns, so that fences which are older than every value are removed together.

-- Creates the functions. Most appends are of regions without a tier: they do not call this, and so allocate nothing.
local function tier_functions()

-- A generation holds at most this many fences; beyond it every value becomes unreadable.
local MAX_FENCES = 200000

local tier = {}

function tier.parse(text)
  local generation, floor, tick, began, longest =
    string.match(text or '', '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  if not generation then
    return nil
  end
  return {generation = tonumber(generation), floor = tonumber(floor), tick = tonumber(tick), began = tonumber(began),
    longest = tonumber(longest)}
end

function tier.save(call, base, state, seq)
  call('HSET', base .. 'head', 'tier', string.format('%.0f %.0f %.0f %.0f %.0f', state.generation, state.floor,
    state.tick, state.began, state.longest), 'told', seq)
end

local function fences(base, state, back)
  return base .. 'fences:' .. string.format('%.0f', (state.generation - back) % 2)
end

local function identity(epoch, state, back)
  return epoch .. ' ' .. string.format('%.0f', state.generation - back)
end

local function begin(call, base, state, epoch, now)
  state.generation = state.generation + 1
  state.began = now
  call('UNLINK', fences(base, state, 0))
  call('HSET', fences(base, state, 0), 'id', identity(epoch, state, 0))
end

-- Makes every value unreadable; no earlier fence is needed afterwards.
function tier.forget(call, base, state, epoch, now)
  state.tick = state.tick + 1
  state.floor = state.tick
  begin(call, base, state, epoch, now)
  begin(call, base, state, epoch, now)
end

-- Reads a number of a record's body, which is Protocol Buffers. Only what the body selects is read.
local function varint(bytes, at)
  local value, factor = 0, 1
  for _ = 1, 10 do
    local byte = string.byte(bytes, at)
    at = at + 1
    if byte < 128 then
      return value + byte * factor, at
    end
    value = value + (byte - 128) * factor
    factor = factor * 128
  end
  error('a number without an end')
end

-- Calls found(field number, wire type, position of the first byte or the value, position behind it) for each field of a message.
local function each(bytes, at, behind, found)
  while at < behind do
    local tag
    tag, at = varint(bytes, at)
    local wire, value, stop = tag % 8, at, nil
    if wire == 0 then
      value, stop = varint(bytes, at)
    elseif wire == 1 then
      stop = at + 8
    elseif wire == 5 then
      stop = at + 4
    elseif wire == 2 then
      local length
      length, value = varint(bytes, at)
      stop = value + length
    else
      error('a field of no known kind')
    end
    if stop > behind then
      error('a field without an end')
    end
    found(math.floor(tag / 8), wire, value, stop)
    at = stop
  end
end

local function selected(body)
  local kinds = {'keys', 'tags', 'prefixes'}
  local all = false
  local names = {keys = {}, tags = {}, prefixes = {}}
  each(body, 1, #body + 1, function(number, wire, value, stop)
    if number == 1 and value > 1 then
      all = true -- the record needs a newer reader than this one
    elseif number == 5 and wire == 2 then
      local known = false
      each(body, value, stop, function(selector, _, first, behind)
        local kind = kinds[selector]
        if kind then
          known = true
          each(body, first, behind, function(_, _, from, to)
            local list = names[kind]
            list[#list + 1] = string.sub(body, from, to - 1)
          end)
        elseif selector == 4 then
          known, all = true, true
        end
      end)
      all = all or not known
    end
  end)
  return all, names
end

-- The fence of a key, which refuses stores that an invalidation has overtaken. Reads need none, since the value is removed. Keys
-- share fences, so that there are few: if a store is refused because of another key, the next load stores the value.
local function bucket(key)
  return 'k:' .. string.sub(redis.sha1hex(key), 1, 4)
end

local function fence(call, base, state, names)
  local current = fences(base, state, 0)
  local tick = string.format('%.0f', state.tick)
  for from = 1, #names.keys, 500 do
    local gone, marks = {}, {}
    for i = from, math.min(from + 499, #names.keys) do
      gone[#gone + 1] = base .. 'value:' .. names.keys[i]
      marks[#marks + 1] = bucket(names.keys[i])
      marks[#marks + 1] = tick
    end
    call('UNLINK', unpack(gone))
    call('HSET', current, unpack(marks))
  end
  for _, tag in ipairs(names.tags) do
    call('HSET', current, 't:' .. tag, tick)
  end
  for _, prefix in ipairs(names.prefixes) do
    call('HSET', current, 'p:' .. prefix, tick)
    local lengths = call('HGET', current, 'lengths') or ' '
    local length = string.format('%.0f', #prefix) .. ' '
    if not string.find(lengths, ' ' .. length, 1, true) then
      call('HSET', current, 'lengths', lengths .. length)
    end
  end
end

-- Makes the values unreadable that a record's body selects. When in doubt, every value.
function tier.tell(call, base, state, epoch, now, body)
  state.tick = state.tick + 1
  local ok, all, names = pcall(selected, body)
  if not ok or all then
    state.floor = state.tick
    return
  end
  local fenced = pcall(function()
    if now - state.began > state.longest then
      begin(call, base, state, epoch, now)
    end
    local current = fences(base, state, 0)
    if now < state.began or call('HGET', current, 'id') ~= identity(epoch, state, 0)
        or call('HLEN', current) > MAX_FENCES then
      tier.forget(call, base, state, epoch, now)
    else
      fence(call, base, state, names)
    end
  end)
  if not fenced then
    state.floor = state.tick
  end
end

-- Returns whether an invalidation since a tick concerns the key or the tags; nil if fences were lost.
function tier.covers(call, base, state, epoch, since, key, tags, ofStore)
  for back = 0, 1 do
    local hash = fences(base, state, back)
    local fields = {'id', 'lengths'}
    if ofStore then
      fields[3] = bucket(key)
    end
    for _, tag in ipairs(tags) do
      fields[#fields + 1] = 't:' .. tag
    end
    local marks = call('HMGET', hash, unpack(fields))
    if marks[1] ~= identity(epoch, state, back) then
      return nil
    end
    for i = 3, #fields do
      if marks[i] and tonumber(marks[i]) > since then
        return true
      end
    end
    local prefixes = {}
    for length in string.gmatch(marks[2] or '', '%d+') do
      if tonumber(length) <= #key then
        prefixes[#prefixes + 1] = 'p:' .. string.sub(key, 1, tonumber(length))
      end
    end
    if #prefixes > 0 then
      marks = call('HMGET', hash, unpack(prefixes))
      for i = 1, #prefixes do
        if marks[i] and tonumber(marks[i]) > since then
          return true
        end
      end
    end
  end
  return false
end

-- Returns the state of the tier on this server, with epoch, seq and now (milliseconds), and whether it must be saved; or nil and
-- why there is no tier here. It never begins an epoch: only append.lua and heartbeat.lua do.
function tier.enter(call, head, run, longest)
  local replication = call('INFO', 'replication')
  if string.match(replication, 'role:(%w+)') ~= 'master' then
    return nil, 'replica'
  end
  local replid = string.match(replication, 'master_replid:(%w+)') or ''
  local found = call('HMGET', head, 'epoch', 'seq', 'run', 'replid', 'tier', 'told')
  if not found[1] or not found[2] or found[3] ~= run or found[4] ~= replid then
    return nil, 'epoch'
  end
  local base = string.sub(head, 1, -5)
  local time = call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  local state = tier.parse(found[5])
  local changed = false
  if not state then
    if not longest then
      return nil, 'none'
    end
    -- From the clock, so that the tick grows even if another program removed it.
    state = {generation = 0, floor = 0, tick = now * 1000, began = now, longest = longest}
    tier.forget(call, base, state, found[1], now)
    changed = true
  elseif found[6] ~= found[2] or now < state.began then
    -- A publisher appended that does not know tiers, or the server's clock was set back.
    tier.forget(call, base, state, found[1], now)
    changed = true
  end
  if longest and longest > state.longest then
    state.longest = longest
    changed = true
  end
  state.epoch, state.seq, state.now, state.base = found[1], found[2], now, base
  return state, changed
end

-- Parses a value: '<epoch> <tick> <stored> <version or -> <v or a> <number of tags> <bytes of each>…\n', then the tags, then what
-- the caller stored. Returns nil if it is not one.
function tier.open(frame)
  local epoch, tick, stored, version, kind, count, lengths, at =
    string.match(frame, '^(%x+) (%d+) (%d+) ([%d-]+) ([va]) (%d+)([ %d]*)\n()')
  if not epoch then
    return nil
  end
  local tags = {}
  for length in string.gmatch(lengths, '%d+') do
    tags[#tags + 1] = string.sub(frame, at, at + tonumber(length) - 1)
    at = at + tonumber(length)
  end
  if #tags ~= tonumber(count) or at > #frame + 1 then
    return nil
  end
  return {epoch = epoch, tick = tonumber(tick), stored = tonumber(stored), version = tonumber(version), tags = tags}
end

return tier
end
