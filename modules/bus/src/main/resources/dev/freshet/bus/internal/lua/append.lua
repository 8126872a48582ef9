-- Appends records of one region to its log, then its head, then its channel, in one atomic step. If the region has a Redis
-- tier, the values that the records select become unreadable before any subscriber receives the records. Preceded by
-- refusals.lua and tier.lua.
--
-- Followed by append-one.lua or append-many.lua, which list KEYS and ARGV. Both begin with
-- ARGV  1 the server's run_id as the caller knows it, 2 fresh randomness for an epoch (16 hexadecimal digits),
--       3 the maximum of records in the log, 4 a sixteenth of the maximum of bytes in the log, 5 PUBLISH or SPUBLISH
--
-- Redis serves no client while a script runs, so an ordinary append checks only what proves that it is ordinary. The head's
-- field 'plain' is written whenever the head is written as a whole: '<epoch> <ARGV 4> <replication id>'. If it still has the
-- value that it would get now, and the region has no tier, then only the sequence and the bytes have changed since.

-- The functions that rare appends need. Only rare appends create them, so that common appends allocate nothing: a script starts
-- with no functions each time, and Redis must collect those that it creates.
local function rare(head, log)
  local _, call = refusals()

  -- Makes room for a new epoch. A value of another epoch is unreadable without further work.
  local function clear(replication)
    call('DEL', head, log)
    return string.match(replication, 'master_replid:(%w+)') or ''
  end

  -- Checks all of a head that may have changed since this script wrote it. Returns the replication id if the head must be
  -- written as a whole, else nil; the epoch, or nil if a new one begins; and the functions and the state of the tier, if
  -- there is one.
  local function examine(state, replication, millis)
    local chunk = ARGV[4]
    local more = redis.pcall('HMGET', head, 'replid', 'chunk', 'tier', 'told')
    local replid = string.match(replication, 'master_replid:(%w+)') or ''
    -- A head that another program overwrote counts as missing. A server that was demoted and promoted again has its old run_id,
    -- but another replication id: its data came from another master, which may lack records that this one acknowledged.
    if state.err or more.err or not state[1] or not state[2] or state[3] ~= ARGV[1] or more[1] ~= replid
        or #state[1] ~= 16 or not string.find(state[1], '^[0-9a-f]+$') or not string.find(state[2], '^%d+$') then
      return clear(replication), nil
    end
    local tier, values
    if more[3] then
      tier = tier_functions()
      values = tier.parse(more[3], more[4], millis)
      if values and tier.doubts(values, state[2]) then
        tier.forget(call, string.sub(head, 1, -5), values, state[1])
      end
    end
    if more[2] and more[2] ~= chunk then
      -- Publishers with different bounds would read each other's marks wrongly, and trim too much.
      for i = 0, 15 do
        call('HDEL', head, 'mark' .. i)
      end
    end
    return (more[2] ~= chunk or not more[3]) and replid or nil, state[1], tier, values
  end

  return clear, examine
end

-- Appends the records whose flags ('' or ' a') and bodies alternate in ARGV from first to last. append-many.lua passes the
-- replies to INFO replication and TIME, which it needs only once. May it not begin, a region without a head is refused.
-- Returns '<epoch> <sequence of the last record> <Redis microseconds> <1 if a new epoch began, else 0>'
local function append(head, log, channel, begins, first, last, replication, time)
  local chunk, publish = ARGV[4], ARGV[5]
  if not replication then
    doing = 'INFO'
    replication = redis.call('INFO', 'replication')
    doing = 'TIME'
    time = redis.call('TIME')
  end
  local micros = time[1] .. (#time[2] == 6 and time[2] or string.sub('00000' .. time[2], -6))
  local state = redis.pcall('HMGET', head, 'epoch', 'seq', 'run', 'bytes', 'plain', 'tier')
  if state.err and not string.find(state.err, 'WRONGTYPE') then
    local refusal = refusals()
    return refusal('HMGET', state.err)
  end

  local epoch, plain, began, millis = state[1], state[5], 0, nil
  -- Set if the head must be written as a whole.
  local replid
  local tier, values
  if not (plain and epoch and not state[6] and state[3] == ARGV[1] and string.sub(plain, 1, -41) == epoch .. ' ' .. chunk .. ' '
      and string.find(replication, 'master_replid:' .. string.sub(plain, -40), 1, true)
      and string.find(state[2] or '', '^%d+$')) then
    if begins == '0' and not state.err and not state[1] then
      return redis.error_reply('TOOMANYREGIONS this region does not exist')
    end
    millis = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    local _, examine = rare(head, log)
    replid, epoch, tier, values = examine(state, replication, millis)
  end
  local seq, bytes = 0, 0
  if epoch then
    seq, bytes = tonumber(state[2]), tonumber(state[4] or nil) or 0
  else
    epoch, began = ARGV[2], 1
  end
  local room = tonumber(chunk)

  -- %d is faster than %.0f, but takes at most 32 bits.
  local header
  for i = first, last, 2 do
    local number = string.format(seq < 2147483647 and '%d' or '%.0f', seq + 1)
    header = epoch .. ' ' .. number .. ' ' .. micros
    local frame = header .. ARGV[i] .. '\n' .. ARGV[i + 1]
    local added = redis.pcall('XADD', log, 'MAXLEN', '~', ARGV[3], number .. '-0', 'r', frame)
    if type(added) == 'table' and added.err then
      -- Another program wrote to the log, or an earlier append ended halfway: its sequence cannot be trusted any more. Every
      -- other refusal (no memory, no permission, a replica) goes to the caller, and changes nothing here.
      if not (string.find(added.err, 'ID specified') or string.find(added.err, 'exhausted')
          or string.find(added.err, 'WRONGTYPE')) then
        local refusal = refusals()
        return refusal('XADD', added.err)
      end
      local clear = rare(head, log)
      replid, epoch, seq, bytes, began, values = clear(replication), ARGV[2], 0, 0, 1, nil
      number = '1'
      header = epoch .. ' 1 ' .. micros
      frame = header .. ARGV[i] .. '\n' .. ARGV[i + 1]
      added = redis.pcall('XADD', log, 'MAXLEN', '~', ARGV[3], '1-0', 'r', frame)
      if type(added) == 'table' and added.err then
        local refusal = refusals()
        return refusal('XADD', added.err)
      end
    end
    seq = seq + 1

    -- Sixteen marks in the head hold the sequence at which each sixteenth of the byte bound was passed, so that trimming by
    -- bytes never reads the log.
    local passed = bytes % room + #frame >= room
    bytes = bytes + #frame
    local total = string.format(bytes < 2147483648 and '%d' or '%.0f', bytes)
    if passed then
      local _, call = refusals()
      local slot = 'mark' .. (math.floor(bytes / room) % 16)
      local oldest = call('HGET', head, slot)
      if oldest and began == 0 then
        call('XTRIM', log, 'MINID', '~', oldest .. '-0')
      end
      call('HSET', head, slot, number)
    end
    doing = 'HSET'
    if replid then
      if began == 1 then
        redis.call('HSET', head, 'since', micros)
      end
      redis.call('HSET', head, 'epoch', epoch, 'seq', number, 'run', ARGV[1], 'bytes', total, 'replid', replid,
        'chunk', chunk)
      if not values then
        redis.call('HSET', head, 'plain', epoch .. ' ' .. chunk .. ' ' .. replid)
      end
      replid = nil
    else
      redis.call('HSET', head, 'seq', number, 'bytes', total)
    end
    if values then
      local _, call = refusals()
      tier.tell(call, string.sub(head, 1, -5), values, epoch, ARGV[i + 1])
      tier.save(call, string.sub(head, 1, -5), values, number)
    end
    doing = publish
    redis.call(publish, channel, frame)
  end

  return header .. ' ' .. began
end

