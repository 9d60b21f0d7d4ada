-- Returns the state of a run, or nil if it does not exist. ARGV: its ID.
if not string.find(redis.call('INFO', 'replication'), 'role:master', 1, true) then
  return redis.error_reply('SSEREPLICA the server is a replica')
end
local run = load(ARGV[1])
return run and state(run) or false
