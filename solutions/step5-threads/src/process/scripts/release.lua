--[[ Ends a lease now.

     KEYS  1 leases
     ARGV  1 process ]]
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], 0, ARGV[1])
