--[[ Returns the processes whose lease has expired, each with the end of its lease.

     KEYS  1 leases ]]
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1], 'WITHSCORES')
