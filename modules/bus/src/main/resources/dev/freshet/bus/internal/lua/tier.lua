-- The functions of the scripts that read, store and evict the values of a region (docs/PROTOCOL.md, "The Redis tier").
--
-- In the head: tier = '<generation> <floor> <tick> <began> <longest>', and told = '<sequence> <milliseconds>[ <codec version>:
-- <generation>]...': up to which record the tier knows every one, when that was by the server's clock, and which codec versions
-- other than 0 have values, with the last generation in which one may have been stored.
--
-- The tick begins at random and then only grows. A value holds the tick up to which it is known to be good. It is unreadable if
-- that is below the floor, or below the fence of its key, one of its tags or a prefix of its key. Fences lie in two hashes, each
-- of one generation, that take turns, so that old fences are removed together. A value that is older than both generations is
-- unreadable: a fence that is gone may have concerned it. So the clock, which may be set back, decides when a generation ends, but
-- never what is readable.

-- Creates the functions. Most appends are of regions without a tier: they do not call this, and so allocate nothing.
local function tier_functions()

-- A generation holds at most this many fences; beyond it every value becomes unreadable.
local MAX_FENCES = 200000

-- At most this many codec versions have values; beyond it every value becomes unreadable.
local MAX_CODECS = 8

-- A clock that was set back by more milliseconds than this makes every value unreadable, because its time to live is not known.
local MAX_STEP_BACK = 1000

local tier = {}

function tier.parse(text, told, now)
  local generation, floor, tick, began, longest =
    string.match(text or '', '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  if not generation then
    return nil
  end
  local sequence, clock, versions = string.match(told or '', '^(%d+) (%d+)([ %d:]*)$')
  local codecs = {}
  for version, last in string.gmatch(versions or '', '(%d+):(%d+)') do
    codecs[#codecs + 1] = {version = version, last = tonumber(last)}
  end
  return {generation = tonumber(generation), floor = tonumber(floor), tick = tonumber(tick), began = tonumber(began),
    longest = tonumber(longest), told = sequence, clock = tonumber(clock or nil), codecs = codecs, now = now}
end

-- Whether nothing is known of the values: a publisher appended that does not know this tier, or the clock was set back.
function tier.doubts(state, seq)
  return state.told ~= seq or state.now + MAX_STEP_BACK < state.clock
end

function tier.save(call, base, state, seq)
  local told = {seq, string.format('%.0f', math.max(state.clock, state.now))}
  for _, codec in ipairs(state.codecs) do
    told[#told + 1] = codec.version .. ':' .. string.format('%.0f', codec.last)
  end
  call('HSET', base .. 'head', 'tier', string.format('%.0f %.0f %.0f %.0f %.0f', state.generation, state.floor,
    state.tick, state.began, state.longest), 'told', table.concat(told, ' '))
end

local function fences(base, state, back)
  return base .. 'fences:' .. string.format('%.0f', (state.generation - back) % 2)
end

local function identity(epoch, state, back)
  return epoch .. ' ' .. string.format('%.0f', state.generation - back)
end

local function begin(call, base, state, epoch)
  state.generation = state.generation + 1
  state.began = state.now
  call('UNLINK', fences(base, state, 0))
  call('HSET', fences(base, state, 0), 'id', identity(epoch, state, 0), 'since', string.format('%.0f', state.tick))
  -- The values of a codec that stored nothing in the last two generations are older than both.
  local codecs = {}
  for _, codec in ipairs(state.codecs) do
    if codec.last >= state.generation - 1 then
      codecs[#codecs + 1] = codec
    end
  end
  state.codecs = codecs
end

-- Makes every value unreadable; no earlier fence is needed afterwards.
function tier.forget(call, base, state, epoch)
  state.tick = state.tick + 1
  state.floor = state.tick
  state.clock = state.now
  begin(call, base, state, epoch)
  begin(call, base, state, epoch)
end

-- Returns whether a codec version is among those whose values an invalidation removes, and whether that has changed the state.
-- A read adds the version; a store must find it.
function tier.admits(call, base, state, epoch, version, adds)
  if version == '0' then
    return true, false
  end
  for _, codec in ipairs(state.codecs) do
    if codec.version == version then
      local changed = codec.last ~= state.generation
      codec.last = state.generation
      return true, changed
    end
  end
  if not adds then
    return false, false
  end
  if #state.codecs >= MAX_CODECS then
    tier.forget(call, base, state, epoch)
  end
  state.codecs[#state.codecs + 1] = {version = version, last = state.generation}
  return true, true
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
      for _, codec in ipairs(state.codecs) do
        gone[#gone + 1] = base .. 'value.' .. codec.version .. ':' .. names.keys[i]
      end
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
function tier.tell(call, base, state, epoch, body)
  state.tick = state.tick + 1
  local ok, all, names = pcall(selected, body)
  if not ok or all then
    state.floor = state.tick
    return
  end
  local fenced = pcall(function()
    if state.now - state.began > state.longest then
      begin(call, base, state, epoch)
    end
    local current = fences(base, state, 0)
    if call('HGET', current, 'id') ~= identity(epoch, state, 0) or call('HLEN', current) > MAX_FENCES then
      tier.forget(call, base, state, epoch)
    else
      fence(call, base, state, names)
    end
  end)
  if not fenced then
    state.floor = state.tick
  end
end

-- Returns whether an invalidation since a tick concerns the key or the tags, or may; nil if fences were lost.
function tier.covers(call, base, state, epoch, since, key, tags, ofStore)
  for back = 0, 1 do
    local hash = fences(base, state, back)
    local fields = {'id', 'lengths', 'since'}
    if ofStore then
      fields[4] = bucket(key)
    end
    for _, tag in ipairs(tags) do
      fields[#fields + 1] = 't:' .. tag
    end
    local marks = call('HMGET', hash, unpack(fields))
    if marks[1] ~= identity(epoch, state, back) then
      return nil
    end
    if back == 1 and not (marks[3] and tonumber(marks[3]) <= since) then
      return true -- the fences are gone that would tell
    end
    for i = 4, #fields do
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
-- why there is no tier here. It never begins an epoch: only append.lua and heartbeat.lua do. A tier that is missing begins if
-- the caller passes the longest life of a value, and 32 random bits.
function tier.enter(call, head, run, longest, start)
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
  local state = tier.parse(found[5], found[6], now)
  local changed = false
  if not state then
    if not longest then
      return nil, 'none'
    end
    -- From random, so that no value and no lease counts from before another program removed the tier.
    state = {generation = 0, floor = 0, tick = start * 1048576, began = now, longest = longest, clock = now, codecs = {},
      now = now}
    tier.forget(call, base, state, found[1])
    changed = true
  elseif tier.doubts(state, found[2]) then
    tier.forget(call, base, state, found[1])
    changed = true
  end
  if longest and longest > state.longest then
    state.longest = longest
    changed = true
  end
  state.epoch, state.seq, state.base = found[1], found[2], base
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

-- Ends a claim of a load, if it is still the caller's. A server that refuses this lets it end by itself.
function tier.release(key, name)
  local there = redis.pcall('GET', key)
  if type(there) == 'string' and string.match(there, '^(%x+) ') == name then
    redis.pcall('UNLINK', key)
  end
end

return tier
end
