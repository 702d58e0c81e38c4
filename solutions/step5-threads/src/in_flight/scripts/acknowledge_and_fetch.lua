--[[ One call of a processor: acknowledges its batch, and fetches the next one. README.md describes
     the protocol.

     Returns  the fetched jobs of each queue, with its index in KEYS
              the number of jobs that must wait until a suspect has ended
              the last error of a queue that could not be popped, or false
     Returns only false if there is nothing to return, because Redis converts a table slowly. ]]
sequence, want = tonumber(sequence), tonumber(want)
local fetched, suspects_waiting, refused = {}, 0, false
local sequence_field, suspect_field = 'sequence:' .. processor, 'suspect'
local last = tonumber(redis.call('HGET', state, sequence_field) or 0)

-- The reply to this call was lost, so return the same jobs again.
if last == sequence then
  for queue = FIRST_QUEUE, #KEYS, 3 do
    local jobs, list = {}, redis.call('LRANGE', KEYS[queue], 0, -1)
    for i = #list, 1, -1 do jobs[#jobs + 1] = list[i] end
    fetched[#fetched + 1] = { queue, jobs }
  end
  return { fetched, suspects_waiting, refused }
end
-- The call is late: its processor has made others since, and ignores this reply.
if last > sequence then return { fetched, suspects_waiting, refused } end

-- Redis has an older state than the processor, for example after a restore, or another process has
-- deleted the data of this one. It is not known how those jobs in the lists ended that this call does
-- not name, so they are requeued.
local is_restored = last < sequence - 1

local jobs = {}
for i = FIRST_JOB, #ARGV, 6 do
  local outcome, queue, list_index, payload, new_payload, score = unpack(ARGV, i, i + 5)
  jobs[#jobs + 1] = {
    outcome = outcome, list = KEYS[queue + list_index], queue = KEYS[queue + 2],
    payload = payload, new_payload = new_payload, score = score,
  }
end

-- Rule 1: before the first write, read the keys that may be of another type, but only those that
-- these jobs need.
local has_crashes = redis.call('HLEN', crashes) > 0
for _, job in ipairs(jobs) do
  if job.outcome == 'requeued' then redis.call('LLEN', job.queue) end
  if job.outcome == 'retry' then redis.call('ZCARD', retry) end
  if job.outcome == 'dead' then redis.call('ZCARD', dead) end
end
for queue = FIRST_QUEUE, #KEYS, 3 do
  if is_restored and redis.call('LLEN', KEYS[queue]) > 0 then redis.call('LLEN', KEYS[queue + 2]) end
end

-- Rule 2: the first write removes something. After that, a full Redis allows the others, too.
redis.call('HDEL', state, sequence_field)
redis.call('HSET', state, sequence_field, sequence)

local succeeded, failed, running = 0, 0, {}
for _, job in ipairs(jobs) do
  if acknowledge(job) then
    if job.outcome == 'running' then
      running[#running + 1] = job
    elseif job.outcome ~= 'requeued' then
      if has_crashes then redis.call('HDEL', crashes, job.payload) end
      if job.outcome == 'succeeded' then succeeded = succeeded + 1 else failed = failed + 1 end
    end
  end
end
-- The jobs that are left in the processor's own lists have succeeded: the call names only the jobs
-- that have not, or that a waiter has fetched.
for queue = FIRST_QUEUE, #KEYS, 3 do
  local list = KEYS[queue]
  local remaining = redis.call('LLEN', list)
  if remaining > 0 and is_restored then
    while redis.call('LLEN', list) > 0 do redis.call('RPUSH', KEYS[queue + 2], redis.call('LPOP', list)) end
    redis.pcall('SADD', queues, string.sub(KEYS[queue + 2], 7))
  elseif remaining > 0 then
    if has_crashes then redis.call('HDEL', crashes, unpack(redis.call('LRANGE', list, 0, -1))) end
    redis.call('DEL', list)
    succeeded = succeeded + remaining
  end
end
for _, job in ipairs(running) do redis.call('LPUSH', job.list, job.payload) end
local performed = succeeded + failed
for i, count in ipairs({ performed, performed, failed, failed }) do
  if count > 0 then
    local total = redis.pcall('INCRBY', KEYS[7 + i], count)
    -- If a daily total is what this call has added, the counter is new.
    if i % 2 == 0 and total == count then redis.call('EXPIRE', KEYS[7 + i], day_counter_ttl) end
  end
end
if has_crashes and redis.call('HGET', state, suspect_field) == processor then
  redis.call('HDEL', state, suspect_field)
end

--[[ Fetches from one queue. A job that was in flight during a crash is a suspect: it is fetched
     alone. After two crashes it also waits until no other such suspect is running in this process,
     so that the next crash identifies the job that causes it. ]]
local function fetch_with_quarantine(queue, list)
  if not has_crashes then return fetch(queue, list, want) end
  local popped = fetch(queue, list, 1)
  if not popped or popped.err then return popped end
  local count = tonumber(redis.call('HGET', crashes, popped[1]) or 0) or 0
  local has_others = count > 0 and #fetched > 0
  if has_others or count > 1 and redis.call('HSETNX', state, suspect_field, processor) == 0 then
    redis.call('RPUSH', queue, redis.call('LPOP', list))
    if has_others then want = 0 else suspects_waiting = suspects_waiting + 1 end
    return false
  end
  if count > 0 then want = 1 end
  return popped
end
for queue = FIRST_QUEUE, #KEYS, 3 do
  while want > 0 do
    local popped = fetch_with_quarantine(KEYS[queue + 2], KEYS[queue])
    if not popped then break end
    if popped.err then refused = popped.err break end
    redis.call('SADD', lists, KEYS[queue])
    fetched[#fetched + 1] = { queue, popped }
    want = want - #popped
  end
end

-- If Redis holds data of a process, the process must have a lease, so that others recover its jobs and
-- delete its data. The lease of a process without jobs may have expired.
local is_first_call = last == 0
if is_first_call or #fetched > 0 then
  local time, lease_end = redis.call('TIME'), redis.call('ZSCORE', leases, process)
  local now = time[1] + time[2] / 1e6
  if tonumber(lease_end or 0) < now then redis.call('ZADD', leases, math.ceil(now + lease), process) end
end
if #fetched == 0 and suspects_waiting == 0 and not refused then return false end
return { fetched, suspects_waiting, refused }
