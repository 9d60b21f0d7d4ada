-- Reads entries. ARGV from 4 on: the first position, the most entries, the most bytes, and the position whose check
-- bits are returned, or an empty text.
--
-- Returns the epoch, the floor, the head, the check bits, and the entries.
if not string.find(redis.call('INFO', 'replication'), 'role:master', 1, true) then
  return redis.error_reply('SSEREPLICA the server is a replica')
end
make_room(0, 0)
local from, count, bytes = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local checked = tonumber(ARGV[7])
local check = false
if checked and checked >= floor and checked <= head then
  check = entry(checked).check
end
local entries = {}
from = math.max(from, floor)
if count > 0 and from <= head then
  local before = entry(from).before
  local last = math.min(head, from + count - 1)
  local ends = search(from + 1, last, function(position)
    local found = entry(position)
    return found.before + size(found.topics, found.lines) - before <= bytes
  end)
  entries = redis.call('XRANGE', stream, id(epoch, from), id(epoch, ends - 1))
end
return {epoch, floor, head, check, entries}
