--[[ Prepares a wait: renews the lease, and adds the list that the wait fills to the set of lists.
     Jobs that the list contains already are requeued. An earlier wait has fetched them, but its
     reply was lost, or its processor was busy again.

     KEYS  1 leases   2 the in-flight lists of the process (set)   3 the list that the wait fills
           4 queue   5 queues
     ARGV  1 process   2 lease duration in seconds   3 name of the queue ]]
if redis.call('LLEN', KEYS[3]) > 0 then redis.call('LLEN', KEYS[4]) end
redis.call('ZREM', KEYS[1], ARGV[1])
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], math.ceil(time[1] + time[2] / 1e6 + ARGV[2]), ARGV[1])
while redis.call('LLEN', KEYS[3]) > 0 do
  redis.call('RPUSH', KEYS[4], redis.call('LPOP', KEYS[3]))
  redis.pcall('SADD', KEYS[5], ARGV[3])
end
redis.call('SADD', KEYS[2], KEYS[3])
