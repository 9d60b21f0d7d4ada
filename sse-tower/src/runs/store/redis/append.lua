-- Appends entries. ARGV: the run's ID, the position at which its log has to end, the seal or an empty text, and the
-- entries. Returns whether they were appended, and the state. Returns nil if the run does not exist.
local MAX_MESSAGE_BYTES = 16384
local after, name = tonumber(ARGV[2]), ARGV[3]
local run = load(ARGV[1])
if not run then
  return false
end
if run.seal or run.head ~= after then
  return {0, state(run)}
end
-- A call takes some thousands of arguments at most.
for first = 4, #ARGV, 1000 do
  run.head = redis.call('RPUSH', log_of(run.id), unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
renew(run)
if name ~= '' then
  seal(run, name)
end
local bytes, lengths = 0, {}
for entry = 4, #ARGV do
  bytes = bytes + #ARGV[entry]
  lengths[#lengths + 1] = #ARGV[entry]
end
if bytes > MAX_MESSAGE_BYTES then
  tell(run, '', '')
elseif bytes > 0 or run.seal then
  tell(run, table.concat(lengths, ' '), table.concat(ARGV, '', 4))
end
return {1, state(run)}
