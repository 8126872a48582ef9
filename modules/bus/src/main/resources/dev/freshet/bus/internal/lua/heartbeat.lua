-- Reads the heads of a member's regions, writes the member's rows, and publishes the heads on the member's own channel. Channels
-- keep their order: when the message arrives, everything that was appended before this script ran has arrived as well.
-- Preceded by refusals.lua.
--
-- KEYS  for each region: head, log, members
-- ARGV  1 member id, 2 member channel, 3 PUBLISH or SPUBLISH, 4 nonce, 5 the server's run_id as the caller learned it
--       with the connection, then for each region: its name, fresh randomness for an epoch, the member's row
-- Returns {'ok', run_id} or {'replica', role}
--
-- The message: N <nonce> <run_id> <Redis microseconds>, then a line a region: <region> <epoch> <sequence>

local refusal, call, ended = refusals()

local function beat()
  local replication = call('INFO', 'replication')
  local role = string.match(replication, 'role:(%w+)')
  local replid = string.match(replication, 'master_replid:(%w+)') or ''
  if role ~= 'master' then
    return {'replica', role or ''}
  end
  local run = ARGV[5]
  local time = call('TIME')
  local micros = time[1] .. string.sub('00000' .. time[2], -6)

  local lines = {'N ' .. ARGV[4] .. ' ' .. run .. ' ' .. micros}
  for i = 1, #KEYS / 3 do
    local head, log, members = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
    local region, fresh, row = ARGV[3 * i + 3], ARGV[3 * i + 4], ARGV[3 * i + 5]
    local state = redis.pcall('HMGET', head, 'epoch', 'seq', 'run', 'replid')
    if state.err and not string.find(state.err, 'WRONGTYPE') then
      return refusal('HMGET', state.err)
    end
    local epoch, seq = state[1], state[2]
    local same = not state.err and epoch and seq and state[3] == run
        and #epoch == 16 and string.find(epoch, '^[0-9a-f]+$') and string.find(seq, '^%d+$')
    -- A server that was demoted and promoted again has its old run_id, but another replication id: its data came from another
    -- master.
    if not same or state[4] ~= replid then
      call('DEL', head, log)
      epoch, seq = fresh, '0'
      call('HSET', head, 'epoch', epoch, 'seq', seq, 'run', run, 'bytes', '0', 'replid', replid,
        'since', micros)
    end
    local written = redis.pcall('HSET', members, ARGV[1], 'seen=' .. micros .. ' ' .. row)
    if type(written) == 'table' and written.err then
      if not string.find(written.err, 'WRONGTYPE') then
        return refusal('HSET', written.err)
      end
      -- A key of another program must not keep every region unconfirmed.
      call('DEL', members)
      call('HSET', members, ARGV[1], 'seen=' .. micros .. ' ' .. row)
    end
    lines[#lines + 1] = region .. ' ' .. epoch .. ' ' .. seq
  end
  call(ARGV[3], ARGV[2], table.concat(lines, '\n'))
  return {'ok', run}
end

local ok, answer = pcall(beat)
return ok and answer or ended(answer)
