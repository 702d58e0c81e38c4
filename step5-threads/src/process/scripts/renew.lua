--[[ Renews a lease, and returns the processes whose lease has expired, each with the end of its lease.
     KEYS  1 leases   ARGV  1 process   2 length in seconds
     The first write takes something away: a full Redis allows it, and what follows. The end is a whole second, as the look
     below needs no more: Redis compares integers in a small sorted set ten times as fast. ]]
redis.call('ZREM', KEYS[1], ARGV[1])
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], math.ceil(time[1] + time[2] / 1e6 + ARGV[2]), ARGV[1])
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', time[1], 'WITHSCORES')
