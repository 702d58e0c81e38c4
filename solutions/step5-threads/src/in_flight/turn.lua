--[[ One turn of a thread: what it has performed leaves its lists, and what it performs next enters them.

     KEYS: the batch's number, the thread that has a suspect, leases, recovered, retry, dead, queues, four counters; then for
           each queue, in the order in which they are to be asked: the thread's list, the list of its waits, the queue.
     ARGV: process, thread, the batch's next number, how many jobs to claim, the length of a lease, how long to keep a day's
           counters; then six for each job that was not simply done: its fate, its queue (the place in KEYS), which of the two
           lists holds it (0, 1), its payload, the payload to keep, and the score to keep it by.

     Whatever changes begins with LREM, HDEL, DEL, LPOP or RPOP: a full Redis allows these, and a script that has written may go
     on. ]]
local batch, suspect, leases, recovered, retry, dead, queues = unpack(KEYS, 1, 7)
local process, thread, new, want, lease, keep = unpack(ARGV, 1, 6)
local FIRST, DEAD_AGE, DEAD_COUNT = 12, 180 * 86400, 10000
local claimed, waiting, refused = {}, 0, false

new = tonumber(new)
local number, suspicious = tonumber(redis.call('GET', batch) or 0), redis.call('HLEN', recovered)

--[[ The answer to this very turn was lost: here it is again. Or it comes so late that nobody listens any more. ]]
if number == new then
  for queue = FIRST, #KEYS, 3 do
    local jobs, list = {}, redis.call('LRANGE', KEYS[queue], 0, -1)
    for i = #list, 1, -1 do jobs[#jobs + 1] = list[i] end
    claimed[#claimed + 1] = { queue, jobs }
  end
  return { 1, claimed, waiting, refused }
end
if number > new then return { 0, claimed, waiting, refused } end

--[[ The last one first: they are to be popped in the order in which they were. The queue may have been cleared meanwhile. ]]
local function back(list, queue)
  if type(redis.pcall('LLEN', queue)) == 'table' then return end
  while redis.call('LLEN', list) > 0 do redis.call('RPUSH', queue, redis.call('LPOP', list)) end
  redis.pcall('SADD', queues, string.sub(queue, 7))
end

--[[ A script is not undone when a command in it fails. So what may be of another type is read before it is written. ]]
local time, lease_end = redis.call('TIME'), redis.call('ZSCORE', leases, process)
local done, failed, returned, running = 0, 0, 0, {}
local older = number < new - 1
for queue = FIRST, #KEYS, 3 do
  if older and redis.call('LLEN', KEYS[queue]) > 0 then redis.call('LLEN', KEYS[queue + 2]) end
end
for i = 7, #ARGV, 6 do
  if ARGV[i] == 'back' then redis.call('LLEN', KEYS[ARGV[i + 1] + 2]) end
  if ARGV[i] == 'retry' then redis.call('ZCARD', retry) end
  if ARGV[i] == 'dead' then redis.call('ZCARD', dead) end
end

for i = 7, #ARGV, 6 do
  local fate, queue, which, payload, kept, score = unpack(ARGV, i, i + 5)
  -- It may be gone, recovered by others who thought this process dead: then it is theirs.
  if redis.call('LREM', KEYS[queue + which], 1, payload) == 1 then
    if fate == 'running' then
      running[#running + 1] = { KEYS[queue + which], payload }
    elseif fate == 'back' then
      returned = returned + 1
      redis.call('RPUSH', KEYS[queue + 2], payload)
      redis.pcall('SADD', queues, string.sub(KEYS[queue + 2], 7))
    else
      done = done + 1
      redis.call('HDEL', recovered, payload)
      if fate ~= 'done' then failed = failed + 1 end
      if fate == 'retry' then redis.call('ZADD', retry, score, kept) end
      if fate == 'dead' then
        redis.call('ZADD', dead, score, kept)
        redis.call('ZREMRANGEBYSCORE', dead, '-inf', score - DEAD_AGE)
        redis.call('ZREMRANGEBYRANK', dead, 0, -DEAD_COUNT - 1)
      end
    end
  end
end
for queue = FIRST, #KEYS, 3 do
  local jobs = redis.call('LLEN', KEYS[queue])
  if jobs > 0 and older then
    -- Redis has lost what it knew last. This is an older batch, of which nobody knows any more what became of it.
    back(KEYS[queue], KEYS[queue + 2])
  elseif jobs > 0 then
    if suspicious > 0 then redis.call('HDEL', recovered, unpack(redis.call('LRANGE', KEYS[queue], 0, -1))) end
    redis.call('DEL', KEYS[queue])
    done = done + jobs
  end
end
for _, job in ipairs(running) do redis.call('LPUSH', job[1], job[2]) end
for i, count in ipairs({ done, done, failed, failed }) do
  if count > 0 then
    redis.pcall('INCRBY', KEYS[7 + i], count)
    if i % 2 == 0 then redis.call('EXPIRE', KEYS[7 + i], keep) end
  end
end
if suspicious > 0 and redis.call('GET', suspect) == thread then redis.call('DEL', suspect) end

--[[ What a wait has brought and no fate names goes back: its answer was lost, or it may have to run alone. ]]
for queue = FIRST, #KEYS, 3 do
  if redis.call('LLEN', KEYS[queue + 1]) > 0 then back(KEYS[queue + 1], KEYS[queue + 2]) end
end

--[[ A job that was in flight when a process died may be what killed it: it is claimed alone. The second time, no two such run
     at once in a process, so that innocent ones are not beside the culprit again and again. ]]
local function take(queue)
  if suspicious == 0 then return redis.pcall('RPOP', queue, want) end
  local payload = redis.pcall('RPOP', queue)
  if not payload or payload.err then return payload end
  local times = tonumber(redis.call('HGET', recovered, payload) or 0) or 0
  local late = times > 0 and #claimed > 0
  if late or times > 1 and not redis.call('SET', suspect, thread, 'NX') then
    redis.call('RPUSH', queue, payload)
    if late then want = 0 else waiting = waiting + 1 end
    return false
  end
  if times > 0 then want = 1 end
  return { payload }
end
want = tonumber(want)
for queue = FIRST, #KEYS, 3 do
  while want > 0 do
    local jobs = take(KEYS[queue + 2])
    if not jobs then break end
    if jobs.err then refused = jobs.err break end
    redis.call('LPUSH', KEYS[queue], unpack(jobs))
    claimed[#claimed + 1] = { queue, jobs }
    want = want - #jobs
  end
end
if #claimed > 0 then
  local now = time[1] + time[2] / 1e6
  if tonumber(lease_end or 0) < now then redis.call('ZADD', leases, now + lease, process) end
end
if #claimed + done + returned == 0 then return { 0, claimed, waiting, refused } end
redis.call('SET', batch, new)
return { 1, claimed, waiting, refused }
