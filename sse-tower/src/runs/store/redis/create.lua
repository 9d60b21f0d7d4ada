-- Creates a run. ARGV: its ID, its lease, the time for which it is kept after its end, both in milliseconds, the maximum
-- number of runs, and its user's key, if it has one. Returns 1, 2 if there already is a run with this ID, or 0 if there are too many
-- runs.
local id, lease, keep, max_runs, key = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]

-- Removes the run that ended first, and before it one whose producer is dead. Returns false if all runs go on.
local function make_room()
  local index = RUNNING
  local oldest = redis.call('ZRANGE', RUNNING, 0, 0)[1]
  local run = oldest and load(oldest)
  if not oldest or run and run.lease_left > 0 then
    index = ENDED
    oldest = redis.call('ZRANGE', ENDED, 0, 0)[1]
    run = oldest and load(oldest)
  end
  if not oldest then
    return false
  end
  redis.call('ZREM', index, oldest)
  if run then
    redis.call('ZREM', index_of(run.key), oldest)
  end
  redis.call('DEL', hash_of(oldest), log_of(oldest))
  return true
end

if load(id) then
  return 2
end
for _, index in ipairs({RUNNING, ENDED, index_of(key)}) do
  redis.call('ZREMRANGEBYSCORE', index, '-inf', text(now))
end
if redis.call('ZCARD', RUNNING) + redis.call('ZCARD', ENDED) >= max_runs and not make_room() then
  return 0
end
local run = {id = id, lease = lease, keep = keep, key = key}
redis.call('PEXPIREAT', hash_of(id), text(now + lease + keep))
redis.call('HSET', hash_of(id), 'lease', lease, 'keep', keep, 'watched', text(now), 'created', text(micros))
if key then
  redis.call('HSET', hash_of(id), 'key', key)
end
renew(run)
return 1
