-- What both scripts begin with: it checks that the log is the one that its meta describes, or begins a new epoch.
--
-- KEYS: the stream, its meta (a hash).
-- ARGV: the bounds for a new log: bytes, entries, age in milliseconds (0: no bound); then those of the script.
--
-- An entry's ID is its epoch and its position. Its fields are:
--   b: the bytes of the entries before it in this epoch, m: when it was appended, in milliseconds,
--   c: its check bits, t: its topics, d: its lines.
local stream, meta = KEYS[1], KEYS[2]
local OVERHEAD = 128

local function text(number)
  return string.format('%.0f', number)
end

local function id(epoch, position)
  return text(epoch) .. '-' .. text(position)
end

local function size(topics, lines)
  return #topics + #lines + OVERHEAD
end

-- The fields come in the order in which they were added.
local function fields(entry)
  local found = entry[2]
  return {before = tonumber(found[2]), time = tonumber(found[4]), check = found[6], topics = found[8], lines = found[10]}
end

local function microseconds()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function now()
  return math.floor(microseconds() / 1000)
end

-- Each start of a server has another run ID. A server that was restarted, and a replica that became the primary, may
-- have lost entries.
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if not run_id then
  return redis.error_reply('SSENORUNID the server does not tell its run_id')
end

local known = redis.call('HMGET', meta, 'run_id', 'epoch', 'head', 'max_bytes', 'max_entries', 'max_age_ms')
local stored = redis.pcall('XINFO', 'STREAM', stream)
if stored.err and not string.find(stored.err, 'no such key', 1, true) then
  return stored
end
local info = {}
for at = 1, #stored, 2 do
  info[stored[at]] = stored[at + 1]
end
local last = info['last-generated-id']
local epoch, head = tonumber(known[2]), tonumber(known[3])

if known[1] ~= run_id or not epoch or not head or last ~= id(epoch, head) then
  -- The epoch must be higher than any earlier one, even if the meta is lost and the clock was set back. If everything is
  -- lost, the time in microseconds is another one than that of the last script.
  local last_epoch = tonumber(string.match(last or '0', '^%d+'))
  epoch = math.max(microseconds(), (epoch or 0) + 1, last_epoch + 1)
  head = 0
  redis.call('XADD', stream, id(epoch, 0), 'b', 0)
  redis.call('XTRIM', stream, 'MAXLEN', '=', 0)
  for at = 1, 3 do
    known[3 + at] = known[3 + at] or ARGV[at]
  end
  redis.call('HSET', meta, 'run_id', run_id, 'epoch', text(epoch), 'head', 0,
    'max_bytes', known[4], 'max_entries', known[5], 'max_age_ms', known[6])
  info = {}
end
local max_bytes, max_entries, max_age = tonumber(known[4]), tonumber(known[5]), tonumber(known[6])

-- The floor is read from the stream, so a log that someone else has trimmed has the right one.
local floor, bytes_ever = head + 1, 0
if info['first-entry'] then
  floor = tonumber(string.match(info['first-entry'][1], '%d+$'))
  local newest = fields(info['last-entry'])
  bytes_ever = newest.before + size(newest.topics, newest.lines)
end

local function entry(position)
  local at = id(epoch, position)
  return fields(redis.call('XRANGE', stream, at, at)[1])
end

-- Returns the first position from `from` to `to` for which `is_before` is false, or `to + 1`. It is true up to some
-- position, and false from there on.
local function search(from, to, is_before)
  local low, step = from, 1
  while low + step - 1 <= to and is_before(low + step - 1) do
    low, step = low + step, step * 2
  end
  local high = math.min(low + step - 1, to + 1)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(middle) then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

-- Removes the oldest entries, so that the log is within its bounds once entries of `bytes` bytes are added.
local function make_room(entries, bytes)
  local kept = math.max(floor, head + entries - max_entries + 1)
  if max_bytes > 0 and kept <= head and bytes_ever + bytes - entry(kept).before > max_bytes then
    kept = search(kept, head, function(position)
      return bytes_ever + bytes - entry(position).before > max_bytes
    end)
  end
  if max_age > 0 and kept <= head then
    local oldest = now() - max_age
    kept = search(kept, head, function(position)
      return entry(position).time < oldest
    end)
  end
  if kept > floor then
    redis.call('XTRIM', stream, 'MINID', '=', id(epoch, kept))
    floor = kept
  end
end
