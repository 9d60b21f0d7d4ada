-- What all scripts begin with. KEYS[1]: the first part of all keys. The braces in it keep them in one slot.
--
-- A run has a hash with its lease, its seal and its user's key, and a list with its entries. Three kinds of sorted
-- sets index the runs by the time at which they expire: the runs that go on, those that have ended, and those of one
-- user's key. No key is without a TTL: each time is set again in the script that writes to the key.
local base = KEYS[1]
local RUNNING, ENDED = base .. ':running', base .. ':ended'

local function text(number)
  return string.format('%.0f', number)
end

local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

local function index_of(key)
  return key and base .. ':of:' .. key or base .. ':of-nobody'
end

local function hash_of(id)
  return base .. ':run:' .. id
end

local function log_of(id)
  return base .. ':log:' .. id
end

-- Returns a run, or nil. The length of the list is the head, so that a list that came back shorter has a lower one.
local function load(id)
  local found = redis.call('HMGET', hash_of(id), 'lease', 'keep', 'renewed', 'watched', 'created', 'seal', 'key')
  if not found[1] then
    return nil
  end
  local run = {
    id = id,
    lease = tonumber(found[1]),
    keep = tonumber(found[2]),
    watched = tonumber(found[4]),
    created = found[5],
    seal = found[6],
    key = found[7],
    head = redis.call('LLEN', log_of(id)),
  }
  run.lease_left = math.max(0, tonumber(found[3]) + run.lease - now)
  return run
end

-- The answer of all scripts for one run: the head, the seal, the rest of the lease and the time without watchers in
-- milliseconds, and the user's key.
local function state(run)
  return {run.head, run.seal, run.lease_left, math.max(0, now - run.watched), run.key}
end

-- Lets a key live until `expiry` at least.
local function keep_until(key, expiry)
  if redis.call('PTTL', key) < expiry - now then
    redis.call('PEXPIREAT', key, text(expiry))
  end
end

-- Adds a run to an index. The time of the index comes first: without the right for that, nothing is written.
local function add_to(index, id, expiry)
  keep_until(index, expiry)
  redis.call('ZADD', index, text(expiry), id)
  keep_until(index, expiry)
end

-- Sets the time at which the run is removed. `index` is that of the runs that go on or of those that have ended.
local function expire(run, index, expiry)
  add_to(index, run.id, expiry)
  add_to(index_of(run.key), run.id, expiry)
  redis.call('PEXPIREAT', hash_of(run.id), text(expiry))
  redis.call('PEXPIREAT', log_of(run.id), text(expiry))
end

-- Tells the followers of a run its head and its seal. `lengths` and `entries` are those of the newest entries, if they are
-- in the message. Even if the user lacks the right to publish, the write stands: followers look again after a while.
local function tell(run, lengths, entries)
  local head = text(run.head) .. ' ' .. (run.seal or '-') .. ' '
  redis.pcall('PUBLISH', base .. ':news:' .. run.id, head .. lengths .. '\n' .. entries)
end

local function renew(run)
  redis.call('HSET', hash_of(run.id), 'renewed', text(now))
  run.lease_left = run.lease
  expire(run, RUNNING, now + run.lease + run.keep)
end

local function seal(run, name)
  redis.call('HSET', hash_of(run.id), 'seal', name)
  run.seal = name
  redis.call('ZREM', RUNNING, run.id)
  expire(run, ENDED, now + run.keep)
end
