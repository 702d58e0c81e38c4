--[[ Prepares a wait: what the wait brings is in a list of a process that has a lease.

     KEYS  1 leases   2 the process's in-flight lists (set)   3 the list that the wait fills   4 the queue   5 queues
     ARGV  1 process   2 length of a lease in seconds   3 name of the queue

     What the list holds already was brought by an earlier wait whose reply was lost, or that came for a processor that was
     at work again: it goes back. ]]
redis.call('SCARD', KEYS[2])
if redis.call('LLEN', KEYS[3]) > 0 then redis.call('LLEN', KEYS[4]) end
redis.call('ZREM', KEYS[1], ARGV[1])
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] + time[2] / 1e6 + ARGV[2], ARGV[1])
while redis.call('LLEN', KEYS[3]) > 0 do
  redis.call('RPUSH', KEYS[4], redis.call('LPOP', KEYS[3]))
  redis.pcall('SADD', KEYS[5], ARGV[3])
end
redis.call('SADD', KEYS[2], KEYS[3])
