-- What append.lua and heartbeat.lua have in front: a script's error does not say which of its commands was refused, and
-- whoever sets up permissions wants to know.

-- The command that is under way.
local doing = ''

-- Makes the functions only when asked to: an ordinary append needs none of them, and a script begins from nothing each time.
local function refusals()

-- The refusal of a command, as the script's answer.
local function refusal(command, err)
  local text = string.gsub(err, '^@user_script: ?%d+: ?%-?', '')
  if string.find(text, '^NOPERM') or string.find(text, 'The user executing the script', 1, true) then
    return redis.error_reply('NOPERM ' .. command .. ' is refused: ' .. string.gsub(text, '^NOPERM ', ''))
  elseif string.find(text, 'Unknown Redis command', 1, true) then
    return redis.error_reply('ERR ' .. command .. ' is refused: ' .. string.gsub(text, '^ERR ', ''))
  end
  return redis.error_reply(text)
end

-- Runs a command that is known to be under way.
local function call(command, ...)
  doing = command
  return redis.call(command, ...)
end

-- What a script's body ended with, as the refusal of the command that it was at.
local function ended(err)
  return refusal(doing, type(err) == 'table' and err.err or tostring(err))
end

return refusal, call, ended
end

