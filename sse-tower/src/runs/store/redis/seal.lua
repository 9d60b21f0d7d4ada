-- Seals a run that is not sealed. ARGV: its ID, the seal, and 1 if its lease has to be over. Returns its state after
-- that, or nil if the run does not exist.
local run = load(ARGV[1])
if not run then
  return false
end
if not run.seal and (ARGV[3] == '0' or run.lease_left == 0) then
  seal(run, ARGV[2])
  tell(run, '', '')
  -- The producer may be on any node.
  redis.pcall('PUBLISH', base .. ':seals', run.id)
end
return state(run)
