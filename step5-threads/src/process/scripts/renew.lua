--[[ Takes or renews a lease. The first write removes something, so that a full Redis allows the
     second one.

     KEYS  1 leases
     ARGV  1 process   2 lease duration in seconds ]]
redis.call('ZREM', KEYS[1], ARGV[1])
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] + time[2] / 1e6 + ARGV[2], ARGV[1])
