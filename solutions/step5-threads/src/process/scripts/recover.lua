--[[ Recovers one job of a process whose lease has expired: requeues it, or moves it to `dead` if it
     is a poison pill.

     KEYS  1 in-flight list   2 queue   3 queues   4 leases   5 crash counts   6 dead
           7 the payloads of this process whose crash has been counted (hash)
     ARGV  1 payload   2 name of the queue   3 process   4 now, in seconds
           5 how long to keep the crash counts, in seconds   6 how many crashes make a poison pill
           7 the entry for `dead`; there is no seventh argument if the job must not be kept

     Returns the number of crashes that the job has seen; 0 if it is not in the list any more, if it
     cannot be stored in `dead`, or if the process is alive. ]]
local list, queue, queues, leases, crashes, dead, counted = unpack(KEYS)
local payload, name, process, now, ttl, max_crashes, dead_entry = unpack(ARGV)

-- Returns true if the process has no lease, or one that has expired by Redis's clock.
local function has_crashed()
  local lease_end = redis.call('ZSCORE', leases, process)
  return not lease_end or tonumber(lease_end) <= tonumber(redis.call('TIME')[1])
end

-- Adds the job to the tail of its queue, so that it is fetched next.
local function requeue()
  redis.call('RPUSH', queue, payload)
  redis.pcall('SADD', queues, name)
end

-- Adds a poison pill to `dead`, unless it must not be kept.
local function add_to_dead_set()
  if dead_entry then redis.call('ZADD', dead, now, dead_entry) end
end

if not has_crashed() then return 0 end
-- Equal payloads, in one list or in several, have seen the same crash, so it counts once.
local count = redis.call('HGET', counted, payload) or (tonumber(redis.call('HGET', crashes, payload) or 0) or 0) + 1
local is_poison = tonumber(count) >= tonumber(max_crashes)
-- The rules of in_flight/README.md. Rule 1: read the key that may be of another type. Rule 2: LREM
-- removes something, so that a full Redis allows the rest.
-- If `dead` is of another type, a poison pill stays where it is, because an error would end the
-- recovery of the jobs behind it.
if not is_poison then redis.call('LLEN', queue)
elseif type(redis.pcall('ZCARD', dead)) == 'table' then return 0 end
if redis.call('LREM', list, 1, payload) == 0 then return 0 end
redis.call('HSET', counted, payload, count)
if is_poison then
  redis.call('HDEL', crashes, payload)
  redis.call('EXPIRE', crashes, ttl)
  add_to_dead_set()
else
  redis.call('HSET', crashes, payload, count)
  redis.call('EXPIRE', crashes, ttl)
  requeue()
end
return tonumber(count)
