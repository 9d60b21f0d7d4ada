-- Appends entries. ARGV[4]: the window of publish IDs in milliseconds. Then come check bits, topics, lines and the key of
-- each entry's publish ID, as its place in KEYS, or 0.
--
-- Returns the epoch, then for each entry its position, or a text: after `=` the entry with the same publish ID as
-- epoch-position-check, why it was certainly not appended, or after `?` why that is not certain.
local results = {epoch}
local failure = nil
local window = ARGV[4]
for at = 5, #ARGV, 4 do
  local check, topics, lines, publish_id = ARGV[at], ARGV[at + 1], ARGV[at + 2], KEYS[tonumber(ARGV[at + 3])]
  local bytes = size(topics, lines)
  if failure then
    results[#results + 1] = failure
  elseif max_bytes > 0 and bytes > max_bytes then
    results[#results + 1] = 'the entry takes ' .. bytes .. ' bytes, and the log keeps at most ' .. max_bytes
  else
    local first, is_added = nil, false
    local is_ok, cause = pcall(function()
      first = publish_id and redis.call('GET', publish_id)
      if first then
        return
      end
      make_room(1, bytes)
      local position = head + 1
      redis.call('XADD', stream, id(epoch, position), 'b', text(bytes_ever), 'm', text(now()),
        'c', check, 't', topics, 'd', lines)
      is_added = true
      -- After XADD: if the meta were first and XADD failed, the log would have a hole.
      redis.call('HSET', meta, 'head', text(position))
      head, bytes_ever = position, bytes_ever + bytes
      -- After XADD: otherwise a publisher that tries again could get the ID of an entry that was never added.
      if publish_id then
        redis.call('SET', publish_id, id(epoch, position) .. '-' .. check, 'PX', window)
      end
    end)
    if is_ok then
      results[#results + 1] = first and '=' .. first or head
    else
      cause = type(cause) == 'table' and cause.err or tostring(cause)
      results[#results + 1] = (is_added and '?' or '') .. cause
      failure = 'an entry before it was not appended: ' .. cause
    end
  end
end
return results
