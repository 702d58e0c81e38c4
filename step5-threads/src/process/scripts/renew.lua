--[[ Renews a lease. The first write removes something, so that a full Redis allows the second one.
     The end of a lease is a whole second, because Redis compares whole numbers in a small sorted set
     ten times as fast as fractions.

     KEYS  1 leases
     ARGV  1 process   2 lease duration in seconds

     Returns  the number of processes that have a lease, expired or not
              the processes whose lease has expired, each with the end of its lease
              the time of Redis's clock, in seconds since 1970 ]]
redis.call('ZREM', KEYS[1], ARGV[1])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
redis.call('ZADD', KEYS[1], math.ceil(now + ARGV[2]), ARGV[1])
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', time[1], 'WITHSCORES')
return { redis.call('ZCARD', KEYS[1]), expired, tostring(now) }
