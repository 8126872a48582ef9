-- Appends records of one region: to its log, to its head, to its channel, in this order and in one atomic step. Where the
-- region keeps values in Redis, what the records select is unreadable there before anybody hears of it. Preceded by
-- refusals.lua and tier.lua.
--
-- Followed by append-one.lua or append-many.lua, which say what KEYS and ARGV are; the same in both is
-- ARGV  1 the server's run_id as the caller knows it, 2 fresh randomness for an epoch (16 hexadecimal digits),
--       3 most records in the log, 4 a sixteenth of the most bytes in the log, 5 PUBLISH or SPUBLISH
--
-- Every subscriber waits for it, and Redis does nothing else meanwhile: so the ordinary append asks for as little as proves
-- that it is one. The head's field 'plain' is written with the epoch, by whoever writes the head as a whole: '<epoch>
-- <ARGV 4> <replication id>'. Where it is what it would be now, and there is no tier, nothing but the sequence and the
-- bytes has changed since.

-- What is needed where an append is not an ordinary one. Made only when asked to: a script begins from nothing each time, and
-- the memory of what it made is Redis's to collect.
local function rare(head, log)
  local _, call = refusals()

  -- Makes room for a new epoch. Values of another epoch are unreadable by themselves.
  local function clear(replication)
    call('DEL', head, log)
    return string.match(replication, 'master_replid:(%w+)') or ''
  end

  -- Looks at all of a head of which it is not known that it is as this script left it. Returns the replication id if the head
  -- must be written as a whole, else nil; the epoch, or nil if a new one begins; and the functions and the state of the
  -- tier, if there is one.
  local function examine(state, replication, millis)
    local chunk = ARGV[4]
    local more = redis.pcall('HMGET', head, 'replid', 'chunk', 'tier', 'told')
    local replid = string.match(replication, 'master_replid:(%w+)') or ''
    -- A head that somebody else overwrote is as good as a missing one. And a server that was demoted and promoted again has
    -- its old run_id, but another replication id: what it holds came from another master, which may have lacked what this
    -- one had acknowledged.
    if state.err or more.err or not state[1] or not state[2] or state[3] ~= ARGV[1] or more[1] ~= replid
        or #state[1] ~= 16 or not string.find(state[1], '^[0-9a-f]+$') or not string.find(state[2], '^%d+$') then
      return clear(replication), nil
    end
    local tier, values
    if more[3] then
      tier = tier_functions()
      values = tier.parse(more[3])
      if values and more[4] ~= state[2] then
        -- Somebody appended who does not know of the tier.
        tier.forget(call, string.sub(head, 1, -5), values, state[1], millis)
      end
    end
    if more[2] and more[2] ~= chunk then
      -- Publishers that disagree about the bound would read each other's marks wrongly, and trim too much.
      for i = 0, 15 do
        call('HDEL', head, 'mark' .. i)
      end
    end
    return (more[2] ~= chunk or not more[3]) and replid or nil, state[1], tier, values
  end

  return clear, examine
end

-- Appends the records whose flags ('' or ' a') and bodies stand in ARGV, in turns, from first to last. Who appends to several
-- regions has asked for INFO replication and TIME already.
-- Returns '<epoch> <sequence of the last record> <Redis microseconds> <1 if a new epoch began, else 0>'
local function append(head, log, channel, first, last, replication, time)
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
  -- Set where the head must be written as a whole.
  local replid
  local tier, values
  if not (plain and epoch and not state[6] and state[3] == ARGV[1] and string.sub(plain, 1, -41) == epoch .. ' ' .. chunk .. ' '
      and string.find(replication, 'master_replid:' .. string.sub(plain, -40), 1, true)
      and string.find(state[2] or '', '^%d+$')) then
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

  -- An integer is written at less cost than a floating number, but may have 32 bits.
  local header
  for i = first, last, 2 do
    local number = string.format(seq < 2147483647 and '%d' or '%.0f', seq + 1)
    header = epoch .. ' ' .. number .. ' ' .. micros
    local frame = header .. ARGV[i] .. '\n' .. ARGV[i + 1]
    local added = redis.pcall('XADD', log, 'MAXLEN', '~', ARGV[3], number .. '-0', 'r', frame)
    if type(added) == 'table' and added.err then
      -- Somebody else wrote to the log, or a former append ended halfway: its numbers cannot be trusted any more.
      -- Every other refusal (no memory, no permission, a replica) is the caller's to hear, and changes nothing here.
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

    -- Sixteen marks in the head say at which sequence each sixteenth of the byte bound was passed, so that trimming by
    -- bytes never has to look into the log.
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
      tier.tell(call, string.sub(head, 1, -5), values, epoch, millis, ARGV[i + 1])
      tier.save(call, string.sub(head, 1, -5), values, number)
    end
    doing = publish
    redis.call(publish, channel, frame)
  end

  return header .. ' ' .. began
end

