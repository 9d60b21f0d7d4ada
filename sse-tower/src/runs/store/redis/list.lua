-- Returns the ID, the time of creation and the state of each run with a user's key. ARGV: the key, if there is one.
if not string.find(redis.call('INFO', 'replication'), 'role:master', 1, true) then
  return redis.error_reply('SSEREPLICA the server is a replica')
end
local runs = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', index_of(ARGV[1]), text(now), '+inf')) do
  local run = load(id)
  if run then
    runs[#runs + 1] = {id, run.created, state(run)}
  end
end
return runs
