--[[ Renews a lease.   KEYS  1 leases   ARGV  1 process   2 length in seconds
     The first write takes something away: a full Redis allows it, and what follows. ]]
redis.call('ZREM', KEYS[1], ARGV[1])
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] + time[2] / 1e6 + ARGV[2], ARGV[1])
