-- Removes a region that nobody follows, and to which nobody has appended for a time; or tells whether it would. Preceded by
-- refusals.lua.
--
-- KEYS  1 head, 2 log, 3 members, 4 and 5 fences
-- ARGV  1 for how many microseconds nobody may have appended, 2 the region's state as an earlier call returned it, or '' to
--       remove nothing
-- Returns {what, state, Redis microseconds of the last append or '', Redis microseconds now, within how many microseconds
--         any member that lives would change the state}, where what is 'replica' (ask its
--         master), 'followed', 'used', 'unused' (ARGV 2 was ''), 'changed' (the state is another by now) or 'removed'

local refusal, call, ended = refusals()

-- Members remove each other's rows after so many times their 'gone'. Before, a member may come back and go on.
local GONE_FACTOR = 10

-- Returns a reply. A key of another program has none. Any other refusal ends the script: what may not be read is not unused.
local function read(command, ...)
  doing = command
  local reply = redis.pcall(command, ...)
  if reply.err and not string.find(reply.err, 'WRONGTYPE') then
    error(reply)
  end
  return not reply.err and reply or nil
end

local function remove()
  if not string.find(call('INFO', 'replication'), 'role:master', 1, true) then
    return {'replica', '', '', '', ''}
  end
  local time = call('TIME')
  local micros = time[1] .. string.sub('00000' .. time[2], -6)
  local now = tonumber(micros)

  local head = read('HMGET', KEYS[1], 'epoch', 'seq', 'since') or {}
  local epoch, seq, last = head[1] or '-', head[2] or '0', ''
  -- The first append, or the first member, began the epoch.
  if not head[1] then
    last = '0'
  elseif head[3] then
    last = head[3]
  end
  local entries = read('XRANGE', KEYS[2], seq .. '-0', seq .. '-0')
  if entries and entries[1] then
    last = string.match(entries[1][2][2], '^%x+ %d+ (%d+)') or last
  end

  local seen, longest = 0, 0
  local rows = read('HGETALL', KEYS[3])
  if not rows then
    -- A member that lives takes its place back with its next heartbeat.
    return {'followed', '', last, micros, ''}
  end
  for i = 2, #rows, 2 do
    local at = tonumber(string.match(rows[i], '^seen=(%d+)') or nil)
    local gone = tonumber(string.match(rows[i], ' gone=(%d+)') or nil)
    -- In doubt it is a member.
    if not at or not gone or now - at <= GONE_FACTOR * gone then
      return {'followed', '', last, micros, ''}
    end
    seen = math.max(seen, at)
    longest = math.max(longest, gone)
  end
  if tonumber(ARGV[1]) > 0 and (last == '' or now - tonumber(last) <= tonumber(ARGV[1])) then
    return {'used', '', last, micros, ''}
  end

  local state = epoch .. ' ' .. seq .. ' ' .. string.format('%.0f', seen)
  if ARGV[2] == '' then
    return {'unused', state, last, micros, string.format('%.0f', longest)}
  elseif ARGV[2] ~= state then
    return {'changed', state, last, micros, string.format('%.0f', longest)}
  end
  call('DEL', unpack(KEYS))
  return {'removed', state, last, micros, ''}
end

local ok, answer = pcall(remove)
return ok and answer or ended(answer)
