-- Reads a page. ARGV: the run's ID, the position before the page, its length in bytes, and the time for which the reader
-- will wait for more, in milliseconds, or 0 if nobody watches the run. Returns the state and the entries, or nil if the run does not exist.
local after, bytes, wait = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local run = load(ARGV[1])
if not run then
  return false
end
-- The key has its TTL from the producer's last write.
if wait > 0 and run.watched < now + wait then
  run.watched = now + wait
  redis.call('HSET', hash_of(run.id), 'watched', text(run.watched))
end
local entries = {}
while bytes > 0 and after < run.head do
  for _, entry in ipairs(redis.call('LRANGE', log_of(run.id), text(after), text(after + 63))) do
    if bytes <= 0 then
      break
    end
    after = after + 1
    bytes = bytes - #entry
    entries[#entries + 1] = entry
  end
end
return {state(run), entries}
