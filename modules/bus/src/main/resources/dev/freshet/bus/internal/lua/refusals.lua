-- Precedes append.lua and heartbeat.lua. A script's error does not name the command that was refused, but an operator who sets up
-- permissions must know it.

-- The command that runs.
local doing = ''

-- Creates the functions. An ordinary append does not call this, and so allocates nothing.
local function refusals()

-- Returns a command's error as the script's answer.
local function refusal(command, err)
  local text = string.gsub(err, '^@user_script: ?%d+: ?%-?', '')
  if string.find(text, '^NOPERM') or string.find(text, 'The user executing the script', 1, true) then
    return redis.error_reply('NOPERM ' .. command .. ' is refused: ' .. string.gsub(text, '^NOPERM ', ''))
  elseif string.find(text, 'Unknown Redis command', 1, true) then
    return redis.error_reply('ERR ' .. command .. ' is refused: ' .. string.gsub(text, '^ERR ', ''))
  end
  return redis.error_reply(text)
end

-- Runs a command, and remembers its name for ended().
local function call(command, ...)
  doing = command
  return redis.call(command, ...)
end

-- Returns the error with which a script's body ended, as the refusal of the command that ran.
local function ended(err)
  return refusal(doing, type(err) == 'table' and err.err or tostring(err))
end

return refusal, call, ended
end

