-- Appends entries. ARGV from 4 on: check bits, topics and lines of each entry.
--
-- Returns the epoch, then for each entry its position, or a text: why it was certainly not appended, or after `?` why
-- that is not certain.
local results = {epoch}
local failure = nil
for at = 4, #ARGV, 3 do
  local check, topics, lines = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local bytes = size(topics, lines)
  if failure then
    results[#results + 1] = failure
  elseif max_bytes > 0 and bytes > max_bytes then
    results[#results + 1] = 'the entry takes ' .. bytes .. ' bytes, and the log keeps at most ' .. max_bytes
  else
    local is_added = false
    local is_ok, cause = pcall(function()
      make_room(1, bytes)
      local position = head + 1
      redis.call('XADD', stream, id(epoch, position), 'b', text(bytes_ever), 'm', text(now()),
        'c', check, 't', topics, 'd', lines)
      is_added = true
      -- After XADD: if the meta were first and XADD failed, the log would have a hole.
      redis.call('HSET', meta, 'head', text(position))
      head, bytes_ever = position, bytes_ever + bytes
    end)
    if is_ok then
      results[#results + 1] = head
    else
      cause = type(cause) == 'table' and cause.err or tostring(cause)
      results[#results + 1] = (is_added and '?' or '') .. cause
      failure = 'an entry before it was not appended: ' .. cause
    end
  end
end
return results
