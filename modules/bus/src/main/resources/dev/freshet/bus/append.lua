-- Appends records of one region: to its log, to its head, to its channel, in this order and in one atomic step. Where the
-- region keeps values in Redis, what the records select is unreadable there before anybody hears of it. Preceded by
-- refusals.lua and tier.lua.
--
-- KEYS  1 head, 2 log
-- ARGV  1 the server's run_id as the caller knows it, 2 fresh randomness for an epoch (16 hexadecimal digits),
--       3 most records in the log, 4 a sixteenth of the most bytes in the log, 5 PUBLISH or SPUBLISH, 6 channel,
--       then for each record: its flags ('' or ' a'), its body
-- Returns {epoch, sequence of the last record, Redis microseconds, 1 if a new epoch began, else 0}

local head, log = KEYS[1], KEYS[2]
local run, fresh, most_records, chunk = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local publish, channel = ARGV[5], ARGV[6]

local function append()
  doing = 'INFO'
  local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or ''
  doing = 'TIME'
  local time = redis.call('TIME')
  local micros = time[1] .. string.format('%06d', tonumber(time[2]))
  local base, millis, tier = string.sub(head, 1, -5), nil, nil
  local epoch, seq, bytes, began, values
  -- Whether the head must be written as a whole.
  local whole = false

  local function begin()
    call('DEL', head, log)
    -- Values of another epoch are unreadable by themselves.
    epoch, seq, bytes, began, values, whole = fresh, 0, 0, 1, nil, true
  end

  -- A head that somebody else overwrote is as good as a missing one.
  local state = redis.pcall('HMGET', head, 'epoch', 'seq', 'run', 'bytes', 'chunk', 'replid', 'tier', 'told')
  if state.err and not string.find(state.err, 'WRONGTYPE') then
    return refusal('HMGET', state.err)
  end
  -- A server that was demoted and promoted again has its old run_id, but another replication id: what it holds came from
  -- another master, which may have lacked what this one had acknowledged.
  if state.err or not state[1] or not state[2] or state[3] ~= run or state[6] ~= replid
      or #state[1] ~= 16 or not string.find(state[1], '^[0-9a-f]+$') or not string.find(state[2], '^%d+$') then
    begin()
  else
    epoch, seq, bytes, began = state[1], tonumber(state[2]), tonumber(state[4] or nil) or 0, 0
    if state[7] then
      tier, millis = tier_functions(), tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
      values = tier.parse(state[7])
      if values and state[8] ~= state[2] then
        -- Somebody appended who does not know of the tier.
        tier.forget(call, base, values, epoch, millis)
      end
    end
    if state[5] ~= ARGV[4] then
      whole = true
      if state[5] then
        -- Publishers that disagree about the bound would read each other's marks wrongly, and trim too much.
        for i = 0, 15 do
          call('HDEL', head, 'mark' .. i)
        end
      end
    end
  end

  local frame, number

  local function add(flags, body)
    number = string.format('%.0f', seq + 1)
    frame = epoch .. ' ' .. number .. ' ' .. micros .. flags .. '\n' .. body
    return redis.pcall('XADD', log, 'MAXLEN', '~', most_records, number .. '-0', 'r', frame)
  end

  for i = 7, #ARGV, 2 do
    local added = add(ARGV[i], ARGV[i + 1])
    if type(added) == 'table' and added.err then
      -- Somebody else wrote to the log, or a former append ended halfway: its numbers cannot be trusted any more.
      -- Every other refusal (no memory, no permission, a replica) is the caller's to hear, and changes nothing here.
      if not (string.find(added.err, 'ID specified') or string.find(added.err, 'exhausted')
          or string.find(added.err, 'WRONGTYPE')) then
        return refusal('XADD', added.err)
      end
      begin()
      added = add(ARGV[i], ARGV[i + 1])
      if type(added) == 'table' and added.err then
        return refusal('XADD', added.err)
      end
    end
    seq = seq + 1

    -- Sixteen marks in the head say at which sequence each sixteenth of the byte bound was passed, so that trimming by
    -- bytes never has to look into the log.
    local before = math.floor(bytes / chunk)
    bytes = bytes + #frame
    local mark = math.floor(bytes / chunk)
    if mark > before then
      local slot = 'mark' .. (mark % 16)
      local oldest = call('HGET', head, slot)
      if oldest and began == 0 then
        call('XTRIM', log, 'MINID', '~', oldest .. '-0')
      end
      call('HSET', head, slot, number)
    end
    doing = 'HSET'
    if whole then
      redis.call('HSET', head, 'epoch', epoch, 'seq', number, 'run', run, 'bytes', string.format('%.0f', bytes),
        'chunk', ARGV[4], 'replid', replid)
      whole = false
    else
      redis.call('HSET', head, 'seq', number, 'bytes', string.format('%.0f', bytes))
    end
    if values then
      tier.tell(call, base, values, epoch, millis, ARGV[i + 1])
      tier.save(call, base, values, number)
    end
    doing = publish
    redis.call(publish, channel, frame)
  end

  return {epoch, number, micros, began}
end

return named(append)
